"""A local dbt Cloud with real dbt, as its users start it: a process of its own."""

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import httpx

from localcloud import process, testing
from localcloud.process import CONTROL_PREFIX
from localcloud.runs.dbt_executor import DbtExecutor
from localcloud.testing import NO_TLS, ControlClient
from tests.localcloud.runs.operator import Operator
from tests.localcloud.runs.repository import Repository


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


def executing_with(installation):
    """What makes a server execute its runs with that dbt."""
    return partial(DbtExecutor, install=lambda _report, _stop: installation)


def sample(data):
    """The repository that a server has made of the sample project."""
    return Repository(data / "repositories" / "example" / "analytics")
