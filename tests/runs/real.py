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
