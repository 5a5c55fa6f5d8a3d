"""A local dbt Cloud with real dbt, as its users start it: a process of its own."""

import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import httpx

from localcloud import process, testing
from localcloud.process import CONTROL_PREFIX
from localcloud.testing import ControlClient
from tests.contract.client import NO_TLS
from tests.runs.operator import Operator
from tests.runs.repository import Repository

INSTALLING_SECONDS = 600.0
"""The first run of a machine installs dbt."""


def localcloud(*arguments, cwd=None):
    """`localcloud` with those arguments, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "localcloud", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def serving(data, runs="real"):
    """A client of a server on that directory, which is stopped at the end."""
    began = localcloud("start", "--data", data, "--port", 0, "--runs", runs)
    assert began.returncode == 0, began.stderr
    try:
        running = process.find(data)
        with httpx.Client(base_url=f"{running.origin}{CONTROL_PREFIX}/", verify=NO_TLS) as control:
            cloud = SimpleNamespace(url=running.url, control=ControlClient(control))
            with Operator(cloud, testing.TOKEN) as operator:
                yield operator
    finally:
        localcloud("stop", "--data", data)


def first_run(operator, job):
    """A run of that job on a server that may still have to install dbt, once it has succeeded."""
    run = operator.run(job["id"])
    operator.until(lambda: operator.read(run)["is_complete"], INSTALLING_SECONDS)
    return operator.succeeded(run)


def sample(data):
    """The repository that a server has made of the sample project."""
    return Repository(data / "repositories" / "example" / "analytics")
