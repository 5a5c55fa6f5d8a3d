"""Runs one command and measures it: seconds, memory, and what it asks the local dbt Cloud."""

import logging
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from localcloud import testing

COMMAND_SECONDS = 3_600
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Measure:
    """What one command took.

    Attributes:
        seconds: Wall time.
        cpu_seconds: Processor time of the command and its processes.
        megabytes: Memory of its largest process.
        requests: Requests to dbt Cloud, by HTTP method.
    """

    seconds: float
    cpu_seconds: float
    megabytes: float
    requests: Mapping[str, int]

    @property
    def reads(self) -> int:
        """Return the number of read requests."""
        return self.requests.get("GET", 0)

    @property
    def writes(self) -> int:
        """Return the number of write requests."""
        return sum(self.requests.get(method, 0) for method in WRITES)


class RequestCounter(logging.Handler):
    """Counts requests by method, from the access log of the server."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.counts: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count one request to the API; those to the control routes are the benchmark's own."""
        _, method, path, *_ = record.args or ("", "", "")
        if str(path).startswith("/api/"):
            self.counts[str(method)] += 1


@dataclass(frozen=True)
class Cloud:
    """A running local dbt Cloud and the requests it has got."""

    running: testing.RunningCloud
    counter: RequestCounter


@contextmanager
def cloud(folder: Path, seed: Path) -> Iterator[Cloud]:
    """Start a local dbt Cloud whose requests are counted, for as long as the block lasts."""
    counter = RequestCounter()
    log = logging.getLogger("uvicorn.access")
    log.addHandler(counter)
    log.propagate = False
    try:
        with testing.running(folder, seed) as running:
            # The server's own settings silence the log.
            log.setLevel(logging.INFO)
            yield Cloud(running, counter)
    finally:
        log.removeHandler(counter)


class CommandError(Exception):
    """A measured command failed; the message has its output."""


def measure(
    command: Sequence[str], folder: Path, env: Mapping[str, str], counter: RequestCounter | None
) -> Measure:
    """Run a command to its end and return what it took.

    Raises:
        CommandError: It did not end with 0.
    """
    if counter:
        counter.counts.clear()
    log = folder / "command.log"
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the benchmark's own commands
            command,
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        message = f"{' '.join(command)} ended with {process.returncode}:\n{log.read_text()}"
        raise CommandError(message)
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Measure(
        seconds, cpu_seconds, usage.ru_maxrss / 1024, dict(counter.counts if counter else {})
    )
