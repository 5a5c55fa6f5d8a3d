from contextlib import contextmanager

import pytest
import yaml

from localcloud import testing
from localcloud.cancellation import CancellationToken
from localcloud.runs.dbt_installation import ensure
from localcloud.seeds.seed_file import DEV_SEED
from tests.localcloud.contract.client import Client


@pytest.fixture(scope="session")
def dbt_installation():
    """Real dbt, as the local dbt Cloud installs it."""
    return ensure(print, CancellationToken())


@pytest.fixture
def cloud(tmp_path):
    """A local dbt Cloud with the development seed."""
    with testing.running(tmp_path / "cloud") as running:
        yield running


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
            testing.running(tmp_path / "seeded", seed) as cloud,
            Client(cloud, testing.TOKEN) as client,
        ):
            yield client

    return serve
