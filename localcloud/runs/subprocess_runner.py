"""Executes the commands of a run: passes on their output, and ends them on cancellation.

No command survives the server: see `localcloud.runs.process_watchdog`.
"""

import codecs
import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from localcloud.cancellation import CancellationToken
from localcloud.runs import process_watchdog

_GRACE_SECONDS = 5.0
"""How long a command that was asked to end may take before it is killed."""


class Log(Protocol):
    """Receives the output of a command."""

    def write(self, line: str) -> None:
        """Receive a line, with the line's end."""

    def wait_seconds(self) -> float | None:
        """How long the command may be silent before `flush` is called; none: no limit."""

    def flush(self) -> None:
        """Make what was written visible to readers."""


def run(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    log: Log,
    cancellation: CancellationToken,
) -> int:
    """Execute a command and wait for its end.

    Args:
        command: The program and its arguments; no shell is involved.
        directory: Where it works.
        environment: All of its environment variables.
        log: Gets each line of its output and errors.
        cancellation: Ends the command, and every process it has started.

    Returns:
        Its exit code.

    Raises:
        CancellationError: Cancelled.
    """
    cancellation.check()
    process = subprocess.Popen(  # noqa: S603 - no shell
        [sys.executable, "-I", "-S", str(Path(process_watchdog.__file__)), *command],
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    killer = threading.Timer(_GRACE_SECONDS, _signal, (process, signal.SIGKILL))

    def end() -> None:
        _signal(process, signal.SIGTERM)
        killer.start()

    with process:
        with cancellation.on_cancel(end):
            assert process.stdout is not None  # noqa: S101 - asked for above
            _copy(process.stdout.fileno(), log)
        if cancellation.is_cancelled:
            # Before the first process is waited for: until then its group keeps its id.
            _signal(process, signal.SIGKILL)
        killer.cancel()
        code = process.wait()
    cancellation.check()
    return code


def _copy(source: int, log: Log) -> None:
    """Pass all lines of a pipe to the log, until its write ends are closed."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    with selectors.DefaultSelector() as ready:
        ready.register(source, selectors.EVENT_READ)
        while True:
            if not ready.select(log.wait_seconds()):
                log.flush()
                continue
            chunk = os.read(source, 65536)
            *lines, rest = (rest + decoder.decode(chunk, final=not chunk)).split("\n")
            for line in lines:
                log.write(f"{line}\n")
            if not chunk:
                break
    if rest:
        log.write(f"{rest}\n")


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Signal the command's whole group, which is named after its first process."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
