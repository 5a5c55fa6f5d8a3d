"""Real dbt that has its imports done, in a cache of its own, where the local dbt Cloud finds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localcloud.cancellation import CancellationToken
from localcloud.runs.dbt_installation import DbtInstallation, ensure
from tests import warm
from toolchain import cache

_MODULES = ("dbt.cli.main", "dbt.adapters.duckdb")


@dataclass(frozen=True)
class WarmDbt:
    """The installation, and the cache to name in DATAFOLD_CACHE_DIR, which has all else that the usual one has."""

    installation: DbtInstallation
    cache: Path


@contextmanager
def running(folder: Path) -> Iterator[WarmDbt]:
    """Install dbt, if it is not yet, and keep it warm as long as the block lasts."""
    cold = ensure(print, CancellationToken())
    virtualenv = folder / cold.dbt.parents[1].name
    for made in cache.directory().iterdir():
        if made.name != virtualenv.name:
            (folder / made.name).symlink_to(made)
    with warm.python(virtualenv, cold.python, _MODULES) as python:
        program = virtualenv / "bin" / "dbt"
        warm.command(program, python, cold.dbt)
        (virtualenv / "complete").touch()
        yield WarmDbt(DbtInstallation(program, python, cold.version), folder)
