"""What several tiers need: the engine in a private home, and a local dbt Cloud for each test."""

import asyncio
import gc
import os
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from localcloud import testing
from tests import warm
from tests.engine import deployment
from tests.packaging import installed_wheel as built_wheel
from tests.runs import real
from tests.warm import dbt
from toolchain import home

gc.disable()  # Until all is collected.

# The engine's processes end within seconds: collecting their garbage would be a fifth of their work.
os.environ.setdefault("GOGC", "off")
os.environ.setdefault("GOMEMLIMIT", "500MiB")

BEGUN_FIRST = (
    *("story", "make", "examples", "clients", "packaging", "toolchain", "provider"),
    *("pipeline", "web", "contract/test_webhook_delivery", "runs", "engine", "cli", "policy"),
    "contract",
)
"""The tests that take long or wait: what is begun last is to be short, so that no core is without work."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One more than there are cores, because now and then a test waits."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # xdist itself looks there.
    cores = (
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    return len(cores) + 1


def pytest_collection_finish():
    # What was imported stays: it need not be looked through again and again.
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items):
    def rank(item):
        path = item.path.relative_to(Path(__file__).parent).as_posix()
        first = (number for number, begin in enumerate(BEGUN_FIRST) if path.startswith(begin))
        return next(first, len(BEGUN_FIRST))

    items.sort(key=rank)


@pytest.fixture(autouse=True)
def own_event_loop():
    """Pulumi's values need a loop even where none of them is awaited."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="session")
def warm_python(tmp_path_factory):
    """A Python like that of the tests, with its imports done."""
    folder = tmp_path_factory.mktemp("warm")
    with warm.python(folder, Path(sys.executable), warm.OF_THE_CLONE) as python:
        yield python


@pytest.fixture(scope="session")
def warm_dbt(tmp_path_factory):
    """Real dbt with its imports done."""
    with dbt.running(tmp_path_factory.mktemp("dbt")) as running:
        yield running


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory, warm_python):
    """An engine, language host and provider, as `make up` would set them up, but with a warm Python."""
    made = home.prepare(tmp_path_factory.mktemp("pulumi"), print)
    warm.use(warm_python, made)
    return made


@pytest.fixture(scope="session")
def yaml_home(pulumi_home):
    """The same, with the host for Pulumi YAML programs."""
    home.add_yaml_host(pulumi_home, print)
    return pulumi_home


@pytest.fixture(scope="session")
def installed_wheel(tmp_path_factory):
    """The package in a virtual environment, as a user has it."""
    made = built_wheel.make(tmp_path_factory.mktemp("wheel"))
    with warm.python(made.warm, made.python, warm.OF_PROGRAMS):
        yield made


@pytest.fixture(scope="session")
def localcloud(warm_python):
    """The command `localcloud`, for runs that need no dbt of their own."""
    return real.Localcloud(warm_python)


@pytest.fixture
def cloud(tmp_path):
    """A local dbt Cloud with the development seed."""
    with testing.running(tmp_path / "cloud") as running:
        yield running


@pytest.fixture(scope="session")
def brought_up(tmp_path_factory, pulumi_home):
    """Stacks that were brought up once, to copy."""
    return deployment.BroughtUp(tmp_path_factory.mktemp("brought-up"), pulumi_home)


@pytest.fixture
def bring_up(tmp_path, brought_up):
    """Return a function that brings up a stack of this repository's program with that configuration."""
    with ExitStack() as copies:
        yield lambda **blocks: copies.enter_context(brought_up.copy(tmp_path / "up", **blocks))
