import time
from contextlib import contextmanager

import pytest
import yaml

from localcloud import testing
from localcloud.cancellation import CancellationToken
from localcloud.runs.dbt_installation import ensure
from localcloud.seeds.seed_file import DEV_SEED
from tests.localcloud.contract.client import Client
from tests.localcloud.contract.receiver import Receiver


@pytest.fixture(scope="session")
def dbt_installation():
    """Real dbt, as the local dbt Cloud installs it."""
    return ensure(print, CancellationToken())


@pytest.fixture
def cloud(shared_cloud):
    """A server that holds the development seed and nothing else."""
    shared_cloud.control.reset()
    return shared_cloud


@pytest.fixture
def owner(cloud):
    """A client that may do everything."""
    with Client(cloud, testing.TOKEN) as client:
        yield client


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def seeded(tmp_path):
    """Return a function: a client of a server on the development seed with changes to its account."""

    @contextmanager
    def serve(**changes):
        content = yaml.safe_load(DEV_SEED.read_text())
        content["accounts"][0] |= changes
        seed = tmp_path / "seed.yaml"
        seed.write_text(yaml.safe_dump(content))
        with (
            testing.running(tmp_path / f"seeded-{time.monotonic_ns()}", seed) as cloud,
            Client(cloud, testing.TOKEN) as client,
        ):
            yield client

    return serve
