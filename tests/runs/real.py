"""A local dbt Cloud with real dbt, as its users start it: a process of its own."""

import os
import shlex
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import httpx

from localcloud import process, testing
from localcloud.process import CONTROL_PREFIX
from localcloud.runs.dbt_installation import ensure
from localcloud.runs.stopping import Stop
from localcloud.testing import ControlClient
from tests import warm
from tests.contract.client import NO_TLS
from tests.runs.operator import Operator
from tests.runs.repository import Repository
from toolchain.files import write_script


@dataclass(frozen=True)
class Localcloud:
    """The command `localcloud`, run by a Python, with dbt from a cache of its own or the usual one."""

    python: Path
    cache: Path | None = None

    def __call__(self, *arguments, cwd=None):
        """Run it with those arguments, to its end."""
        own = {"DATAFOLD_CACHE_DIR": str(self.cache)} if self.cache else {}
        return subprocess.run(
            [self.python, "-m", "localcloud", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def serving(self, data, runs="real"):
        """A client of a server on that directory, which is stopped at the end."""
        began = self("start", "--data", data, "--port", 0, "--runs", runs)
        assert began.returncode == 0, began.stderr
        try:
            running = process.find(data)
            with httpx.Client(base_url=f"{running.origin}{CONTROL_PREFIX}/", verify=NO_TLS) as http:
                cloud = SimpleNamespace(url=running.url, control=ControlClient(http))
                with Operator(cloud, testing.TOKEN) as operator:
                    yield operator
        finally:
            self("stop", "--data", data)


@contextmanager
def warm_dbt(folder):
    """Install dbt, if it is not yet, and make of `folder` a cache in which it has its imports done."""
    installed = ensure(print, Stop())
    virtualenv = folder / installed.dbt.parents[1].name
    with warm.python(
        virtualenv, installed.python, ("dbt.cli.main", "dbt.adapters.duckdb")
    ) as python:
        command = shlex.join([str(python), str(installed.dbt)])
        write_script(virtualenv / "bin" / "dbt", f'#!/bin/sh\nexec {command} "$@"\n')
        (virtualenv / "complete").touch()
        yield folder


def sample(data):
    """The repository that a server has made of the sample project."""
    return Repository(data / "repositories" / "example" / "analytics")
