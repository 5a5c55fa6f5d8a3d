"""Executors of the tests' servers."""

import sys
from functools import partial
from pathlib import Path

from localcloud.runs.dbt_executor import DbtExecutor
from localcloud.runs.dbt_installation import DbtInstallation
from tests.localcloud.runs import fake_dbt


def executing_with(installation):
    """What makes a server execute its runs with that dbt."""
    return partial(DbtExecutor, install=lambda _report, _cancellation: installation)


def fake_dbt_in(folder):
    """Install the fake dbt into a folder."""
    program = folder / "dbt"
    source = Path(fake_dbt.__file__).read_text()
    program.write_text(f"#!{sys.executable} -IS\n{source}")
    program.chmod(0o755)
    return DbtInstallation(program, Path(sys.executable), "1.11.0")
