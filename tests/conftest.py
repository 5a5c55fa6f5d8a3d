"""What several folders of tests need: the engine in a private home, a local dbt Cloud, and a stack on it."""

import asyncio
import os

import grpc.aio
import pytest

from localcloud import testing
from tests.components.packaging import installed_wheel as built_wheel
from tests.infra.engine import deployment
from tests.infra.engine.snapshots import Snapshots
from toolchain import home

# Programs run in this process one after the other, and the SDK's servers for hooks are gRPC's. When the last of them is
# collected, gRPC ends its thread, and may wait for it for ever. So it is kept.
grpc.aio.init_grpc_aio()

# The fake provider, and no time for the question whether a release can be had.
os.environ.setdefault("DATAFOLD_RELEASES", "off")


def pytest_xdist_auto_num_workers():
    """Take more workers than cores: tests often wait for a process or an answer."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.fixture(autouse=True)
def own_event_loop():
    """Pulumi's values need a loop even where none of them is awaited."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory):
    """An engine, language host and provider, as `make up` sets them up."""
    return home.prepare(tmp_path_factory.mktemp("pulumi"), print)


@pytest.fixture(scope="session")
def yaml_home(pulumi_home):
    """The same, with the host for Pulumi YAML programs."""
    home.add_yaml_host(pulumi_home, print)
    return pulumi_home


@pytest.fixture(scope="session")
def installed_wheel(tmp_path_factory):
    """The package in a virtual environment, as a user has it."""
    return built_wheel.make(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def shared_cloud(tmp_path_factory):
    """One server for many tests, whose runs end at once; each test begins with its state reset."""
    with testing.running(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def cloud(tmp_path):
    """A local dbt Cloud with the development seed."""
    with testing.running(tmp_path / "cloud") as running:
        yield running


@pytest.fixture
def stack(tmp_path, pulumi_home, cloud):
    """A stack of this repository's program, not yet configured."""
    return deployment.make(tmp_path / "project", pulumi_home, cloud)


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory):
    return Snapshots(tmp_path_factory.mktemp("snapshots"))


@pytest.fixture
def bring_up(stack, snapshots):
    """Return a function that brings the stack up with that configuration."""

    def up(**blocks):
        snapshots.bring_up(stack, **blocks)
        return stack

    return up
