"""The user's cache of things that take minutes to make, shared by all clones."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from toolchain.errors import ToolchainError

HEARTBEAT_SECONDS = 10
"""Longest silence of anything that reports progress."""

LOCK_TIMEOUT_SECONDS = 30 * 60
"""How long to wait for another process that is making the same thing."""

Report = Callable[[str], None]
"""Takes one line about progress, for the user."""


def directory() -> Path:
    """Return the folder of everything cached for this project.

    `DATAFOLD_CACHE_DIR` overrides the usual place (`~/.cache` on Linux, `~/Library/Caches` on
    macOS). Deleting it is safe: the next command makes again what it needs.
    """
    override = os.environ.get("DATAFOLD_CACHE_DIR")
    return Path(override) if override else platformdirs.user_cache_path("pulumi-dbtcloud-datafold")


@contextmanager
def lock(path: Path, what: str, report: Report) -> Iterator[None]:
    """Hold `path` as a lock file, and report while another process has it.

    Raises:
        ToolchainError: another process kept the lock for `LOCK_TIMEOUT_SECONDS`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file_lock = FileLock(path)
    started = time.monotonic()
    while True:
        try:
            held = file_lock.acquire(timeout=HEARTBEAT_SECONDS)
            break
        except Timeout:
            waited = round(time.monotonic() - started)
            if waited > LOCK_TIMEOUT_SECONDS:
                message = f"""\
{what}: not there yet
  problem: another process has held {path} for {waited} s
  fix:     end that process, or wait for it, and start again"""
                raise ToolchainError(message) from None
            report(f"{what}: another process is making it, waited {waited} s")
    with held:
        yield
