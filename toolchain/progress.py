"""Run a command that takes minutes, and let the user see that it is alive."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from toolchain.cache import HEARTBEAT_SECONDS, Report

_TAIL_LINES = 20


@dataclass
class Finished:
    """What a command did: its exit code and everything it wrote, in order."""

    returncode: int
    lines: list[str] = field(default_factory=list)

    def tail(self) -> str:
        """Return the end of the output, indented for an error message."""
        lines = [line for line in self.lines if line.strip()][-_TAIL_LINES:]
        return "\n".join(f"    {line}" for line in lines)


def run_with_heartbeat(
    command: Sequence[str | os.PathLike[str]],
    what: str,
    report: Report,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    describe: Callable[[list[str]], str] = lambda lines: "",
) -> Finished:
    """Run `command` to its end; report at least every `HEARTBEAT_SECONDS`.

    Args:
        command: Program and arguments.
        what: Begins each reported line.
        report: Receives the lines.
        cwd: Where to run.
        env: Environment. Default: this process's.
        describe: Makes of the lines written so far what there is to say about progress.

    Returns:
        Exit code and output. A command that cannot be started gives 127 and the reason.
    """
    lines: list[str] = []
    ended = threading.Event()

    def beat() -> None:
        started = time.monotonic()
        while not ended.wait(HEARTBEAT_SECONDS):
            report(_status(what, describe(lines), time.monotonic() - started))

    try:
        process = subprocess.Popen(  # noqa: S603 - commands are ours
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        return Finished(127, [str(error)])
    reporting = threading.Thread(target=beat, daemon=True)
    reporting.start()
    with process:
        assert process.stdout  # noqa: S101 - asked for above
        try:
            lines.extend(line.rstrip("\n") for line in process.stdout)
        except BaseException:
            process.terminate()
            raise
        finally:
            ended.set()
            reporting.join()
    return Finished(process.returncode, lines)


def _status(what: str, progress: str, seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    took = f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
    return f"{what}, {took}" + (f": {progress}" if progress else "")
