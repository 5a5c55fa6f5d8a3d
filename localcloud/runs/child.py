"""Commands that a run executes: their lines as they come, and their end on request.

No command outlives the server: see `localcloud.runs.watched`.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from localcloud.runs import watched
from localcloud.runs.stopping import Stop

_GRACE_SECONDS = 5.0
"""How long a command that was asked to end may take before it is killed."""


def run(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    told: Callable[[str], None],
    stop: Stop,
) -> int:
    """Execute a command and wait for its end.

    Args:
        command: The program and its arguments; no shell is involved.
        directory: Where it works.
        environment: All of its environment variables.
        told: Gets each line of its output and errors, with the line's end.
        stop: Ends it, and whatever it has started, when asked.

    Returns:
        Its exit code.

    Raises:
        StoppedError: `stop` was asked for.
    """
    stop.check()
    process = subprocess.Popen(  # noqa: S603 - no shell
        [sys.executable, "-I", "-S", str(Path(watched.__file__)), *command],
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    killer = threading.Timer(_GRACE_SECONDS, _signal, (process, signal.SIGKILL))

    def end() -> None:
        _signal(process, signal.SIGTERM)
        killer.start()

    with process, stop.telling(end):
        assert process.stdout is not None  # noqa: S101 - asked for above
        for line in process.stdout:
            told(line)
        code = process.wait()
    if stop.reason is not None:
        # What it left behind, if anything, did not hold on to its output.
        _signal(process, signal.SIGKILL)
        killer.cancel()
    stop.check()
    return code


def _signal(process: "subprocess.Popen[str]", number: signal.Signals) -> None:
    """Signal the command's whole group, which is named after its first process."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
