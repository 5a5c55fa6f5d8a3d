"""The dbt that executes runs, installed once for each user and set of pinned versions."""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from localcloud.cancellation import CancellationToken
from localcloud.runs import subprocess_runner

CONSTRAINTS = Path(__file__).with_name("dbt-constraints.txt")
"""The versions of dbt and of all it needs."""

_PACKAGES = ("dbt-core", "dbt-duckdb")
_COMPLETE = "complete"
_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 30 * 60
_LINES_SHOWN = 15

Report = Callable[[str], None]
"""Takes a line about the progress."""


class InstallationError(Exception):
    """dbt could not be installed; the text says why, and the fix."""


@dataclass(frozen=True)
class DbtInstallation:
    """An installed dbt.

    Attributes:
        dbt: The program.
        python: The Python it runs on, which has DuckDB too.
        version: Version of dbt-core.
    """

    dbt: Path
    python: Path
    version: str


Install = Callable[[Report, CancellationToken], DbtInstallation]
"""Finds dbt, or installs it first; see `ensure`."""


def ensure(report: Report, cancellation: CancellationToken) -> DbtInstallation:
    """Find the installed dbt, or install it, which takes about a minute and needs a package index.

    It is shared by all clones: `DATAFOLD_CACHE_DIR` overrides the usual place for caches. Deleting
    it is safe.

    Args:
        report: Gets lines about the progress of the installation.
        cancellation: Ends the installation.

    Raises:
        InstallationError: It could not be installed.
        CancellationError: Cancelled.
    """
    home = _cache() / f"dbt-{_key()}"
    installation = DbtInstallation(home / "bin" / "dbt", home / "bin" / "python", _version())
    if (home / _COMPLETE).is_file():
        return installation
    with _alone(home.with_suffix(".lock"), report, cancellation):
        if not (home / _COMPLETE).is_file():
            _install(home, report, cancellation)
    return installation


def _install(home: Path, report: Report, cancellation: CancellationToken) -> None:
    # An interrupted installation may have left files.
    shutil.rmtree(home, ignore_errors=True)
    report(f"Installing dbt {_version()} (about a minute, once)\n")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    log = _PipLog(report)
    pip = (str(home / "bin" / "python"), "-m", "pip", "install", "--no-input")
    for command in (
        (sys.executable, "-m", "venv", str(home)),
        (*pip, "--disable-pip-version-check", "--constraint", str(CONSTRAINTS), *_PACKAGES),
    ):
        code = subprocess_runner.run(
            command,
            directory=home.parent,
            environment=environment,
            log=log,
            cancellation=cancellation,
        )
        if code:
            raise InstallationError(_failure(log.lines))
    (home / _COMPLETE).touch()


class _PipLog:
    """Reports pip's progress, and keeps its output for a failure."""

    def __init__(self, report: Report) -> None:
        self.lines: list[str] = []
        self._report = report

    def write(self, line: str) -> None:
        self.lines.append(line)
        if line.startswith(("Collecting ", "Installing ")):
            self._report(f"  {line.split(' from ')[0].strip()[:100]}\n")

    def wait_seconds(self) -> None:
        return None

    def flush(self) -> None:
        """Every line is reported at once."""


def _failure(lines: list[str]) -> str:
    return (
        f"dbt {_version()} could not be installed:\n{''.join(lines[-_LINES_SHOWN:])}"
        "Check that pip reaches a package index (pip config list), then start the run again.\n"
    )


@contextmanager
def _alone(path: Path, report: Report, cancellation: CancellationToken) -> Iterator[None]:
    """Hold the lock of the installation.

    Raises:
        InstallationError: Another process has held it for too long.
        CancellationError: Cancelled while waiting.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
    waiting = False
    while True:
        cancellation.check()
        try:
            lock.acquire(timeout=_WAIT_SECONDS)
            break
        except Timeout:
            if time.monotonic() > deadline:
                message = f"another process has held {path} for half an hour: end it, start again\n"
                raise InstallationError(message) from None
        if not waiting:
            report("Waiting for another process, which is installing dbt\n")
            waiting = True
    try:
        yield
    finally:
        lock.release()


def _cache() -> Path:
    override = os.environ.get("DATAFOLD_CACHE_DIR")
    return Path(override) if override else platformdirs.user_cache_path("pulumi-dbtcloud-datafold")


def _key() -> str:
    """What an installation depends on: the pins and the Python."""
    return hashlib.sha256(sys.version.encode() + CONSTRAINTS.read_bytes()).hexdigest()[:16]


def _version() -> str:
    pins = (line.partition("==") for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines())
    versions: Mapping[str, str] = {name: version for name, equals, version in pins if equals}
    return versions["dbt-core"]
