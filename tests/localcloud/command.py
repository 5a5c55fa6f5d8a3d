"""The command `localcloud`, run as users run it."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx

from localcloud import process, testing
from localcloud.process import CONTROL_PREFIX
from localcloud.testing import NO_TLS, ControlClient
from tests.localcloud.runs.operator import Operator

PROGRAM = Path(sys.executable).with_name("localcloud")


def run(*arguments, cwd=None, **environment):
    """Run the command with those arguments, to its end."""
    return subprocess.run(
        [PROGRAM, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def serving(data, runs="real"):
    """A client of a server on that directory, which is stopped at the end."""
    started = run("start", "--data", data, "--port", 0, "--runs", runs)
    assert started.returncode == 0, started.stderr
    try:
        running = process.find(data)
        with httpx.Client(base_url=f"{running.origin}{CONTROL_PREFIX}/", verify=NO_TLS) as http:
            cloud = SimpleNamespace(url=running.url, control=ControlClient(http))
            with Operator(cloud, testing.TOKEN) as operator:
                yield operator
    finally:
        run("stop", "--data", data)
