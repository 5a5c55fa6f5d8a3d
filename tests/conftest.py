"""What several tiers need: the engine in a private home, and a local dbt Cloud for each test."""

import asyncio
import gc
import itertools
import os
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from localcloud import testing
from tests import warm
from tests.components.packaging import installed_wheel as built_wheel
from tests.infra.engine import deployment
from tests.localcloud.runs import real
from tests.toolchain import yaml_host
from tests.warm import dbt
from toolchain import home

gc.disable()  # Until all is collected.

# The engine's processes end within seconds: collecting their garbage would be a fifth of their work.
os.environ.setdefault("GOGC", "off")
os.environ.setdefault("GOMEMLIMIT", "500MiB")
# The fake provider, and no time for the question whether a release can be had.
os.environ.setdefault("DATAFOLD_RELEASES", "off")
# Nobody wants back the state before the last change.
os.environ.setdefault("PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS", "true")

COMPUTING = (
    "story",
    "make",
    "examples",
    "clients",
    "packaging",
    "toolchain",
    "engine",
    "cli",
    "policy",
)
WAITING = ("pipeline", "web", "contract/test_webhook_delivery", "provider", "runs")
"""Tests that take long, of which some wait most of the time. Their files are begun by turns, before all others: so
no core is without work, and what is begun last is short."""


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
    files = dict.fromkeys(item.path for item in items)

    def of(begins):
        """The files whose paths begin so, in that order."""
        paths = {file: file.relative_to(Path(__file__).parent).as_posix() for file in files}
        return [file for begin in begins for file in files if paths[file].startswith(begin)]

    by_turns = itertools.zip_longest(of(COMPUTING), of(WAITING))
    order = [file for both in by_turns for file in both if file] + list(files)
    items.sort(key=lambda item: order.index(item.path))


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
    yaml_host.add(pulumi_home)
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
