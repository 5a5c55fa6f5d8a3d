import json

import pytest

from localcloud import testing
from tests.localcloud.clients import installation
from tests.localcloud.runs.executors import executing_with


@pytest.fixture(scope="session")
def clients(request):
    """The client programs, installed."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def report(line):
        with capture.global_and_fixture_disabled():
            print(line, flush=True)

    return installation.ensure(report)


@pytest.fixture
def running_dbt(tmp_path, dbt_installation):
    """A server whose runs run dbt."""
    executor = executing_with(dbt_installation)
    with testing.running(tmp_path / "cloud", make_executor=executor) as cloud:
        yield cloud


@pytest.fixture
def program(clients):
    """Return a function that runs one of `programs` on a server, and what it found."""

    def run(name, cloud, *arguments):
        ran = clients.call(
            "python", installation.PROGRAMS / name, cloud.origin, testing.TOKEN, *arguments
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout.splitlines()[-1])

    return run
