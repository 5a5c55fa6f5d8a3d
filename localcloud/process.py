"""The server as a background process: started, found again, and stopped.

The process holds a lock on its data directory for as long as it lives, so a record left by a
killed one is known to be stale, and another program is never mistaken for the server.
"""

import contextlib
import http.client
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

CONTROL_PREFIX = "/__localcloud__"
"""The prefix of control routes, which dbt Cloud does not have."""

LOG = "server.log"
_LOCK = "server.lock"
_RECORD = "server.json"

_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_ANSWER_SECONDS = 5.0
_WORK_SECONDS = 90.0


class ProcessError(Exception):
    """The background server could not be started or stopped; the text says why, and the fix."""


@dataclass(frozen=True)
class Running:
    """A server that runs on a data directory.

    Attributes:
        pid: Its process.
        port: Where it listens.
        origin: Scheme, address and port.
    """

    pid: int
    port: int
    origin: str

    @property
    def url(self) -> str:
        """The base address of the API."""
        return f"{self.origin}/api"


@contextmanager
def holding(data_dir: Path) -> Iterator[None]:
    """Hold the lock of that data directory.

    Raises:
        ProcessError: Another server is.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(data_dir / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        message = (
            f"another server uses {data_dir}: stop it with `localcloud stop --data "
            f"{data_dir}`, or give another directory with --data"
        )
        raise ProcessError(message) from None
    try:
        (data_dir / _RECORD).unlink(missing_ok=True)
        yield
    finally:
        (data_dir / _RECORD).unlink(missing_ok=True)
        lock.release()


def record(data_dir: Path, origin: str, port: int) -> None:
    """Store where this process serves. Only inside `holding`."""
    running = Running(os.getpid(), port, origin)
    partial = data_dir / f"{_RECORD}.partial"
    partial.write_text(json.dumps(asdict(running)), encoding="utf-8")
    partial.replace(data_dir / _RECORD)


def not_running(data_dir: Path) -> str:
    """Say that no server runs on a data directory, and how to start one."""
    start = f"localcloud start --data {data_dir}"
    return f"no local dbt Cloud runs on {data_dir}: start one with `{start}`"


def find(data_dir: Path) -> Running | None:
    """The server that runs on that data directory; none if none does."""
    if not _is_held(data_dir):
        return None
    try:
        return Running(**json.loads((data_dir / _RECORD).read_text(encoding="utf-8")))
    except FileNotFoundError:
        # It is starting or ending.
        return None


def start(data_dir: Path, port: int, seed_file: Path | None, *options: str) -> tuple[Running, bool]:
    """Start a server in the background, and return once it answers.

    Args:
        data_dir: Its data directory; its log goes to `server.log` in it.
        port: Where it is to listen; 0 for any free port.
        seed_file: What a new data directory starts with. Default: the development seed.
        *options: Further options of `serve`.

    Returns:
        The server, and whether it was started now rather than found running.

    Raises:
        ProcessError: It could not be started, or the one that runs does not answer.
    """
    running = find(data_dir)
    if running is not None:
        health(running)
        return running, False
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "localcloud", "serve", "--data", str(data_dir)]
    command += ["--port", str(port), "--ready-fd", str(writer), *options]
    if seed_file is not None:
        command += ["--seed", str(seed_file.resolve())]
    log_path = data_dir / LOG
    with log_path.open("ab") as log, os.fdopen(reader, "rb") as ready:
        began = log.tell()
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writer],
            start_new_session=True,
        )
        os.close(writer)
        line = _first_line(ready, time.monotonic() + _START_SECONDS)
    running = find(data_dir) if line else None
    if running is not None:
        return running, True
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    raise ProcessError(_why_not_started(log_path, began))


def stop(data_dir: Path) -> Running | None:
    """Stop the server of that data directory, and return once it is gone.

    Returns:
        The server that was stopped; none if none ran.

    Raises:
        ProcessError: It did not end in time.
    """
    running = find(data_dir)
    if running is None:
        return None
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    try:
        with FileLock(data_dir / _LOCK).acquire(timeout=_STOP_SECONDS):
            return running
    except Timeout:
        message = (
            f"process {running.pid} did not end within {_STOP_SECONDS:.0f} s: see "
            f"{data_dir / LOG}, then end it with `kill -9 {running.pid}`; no stored data is lost"
        )
        raise ProcessError(message) from None


def health(running: Running) -> None:
    """Make sure that a server answers.

    Raises:
        ProcessError: It does not.
    """
    get_json(running, "health")


def get_json(running: Running, route: str) -> dict[str, Any]:
    """What a server answers to a GET of a control route.

    Raises:
        ProcessError: It does not answer.
    """
    return _ask(running, "GET", route, None, _ANSWER_SECONDS)


def post_json(running: Running, route: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a server answers to a POST of a control route; a refusal has the key `problems`.

    Raises:
        ProcessError: It does not answer.
    """
    return _ask(running, "POST", route, json.dumps(body), _WORK_SECONDS)


def _ask(
    running: Running, method: str, route: str, body: str | None, seconds: float
) -> dict[str, Any]:
    host = running.origin.removeprefix("http://").rpartition(":")[0].strip("[]")
    connection = http.client.HTTPConnection(host, running.port, timeout=seconds)
    try:
        connection.request(method, f"{CONTROL_PREFIX}/{route}", body)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        message = (
            f"process {running.pid} holds the data but does not answer at {running.origin} "
            f"({type(error).__name__}): run `localcloud stop`, then start again"
        )
        raise ProcessError(message) from None
    finally:
        connection.close()
    return answer


def _is_held(data_dir: Path) -> bool:
    if not (data_dir / _LOCK).exists():
        return False
    try:
        with FileLock(data_dir / _LOCK).acquire(timeout=0):
            return False
    except Timeout:
        return True


def _first_line(ready: Any, deadline: float) -> bytes:  # noqa: ANN401 - a file of bytes
    """The line that the new process writes when it is ready; empty if it ends or is too late."""
    os.set_blocking(ready.fileno(), False)
    line = b""
    while not line.endswith(b"\n"):
        readable, _, _ = select.select([ready], [], [], max(deadline - time.monotonic(), 0))
        chunk = ready.read() if readable else b""
        if not chunk:
            return b""
        line += chunk
    return line


def _why_not_started(log_path: Path, began: int) -> str:
    with log_path.open("rb") as log:
        log.seek(began)
        lines = log.read().decode("utf-8", "replace").splitlines()
    errors = [line for line in lines if line.startswith("Error: ")]
    if errors:
        return "\n".join(
            [errors[-1].removeprefix("Error: "), *lines[lines.index(errors[-1]) + 1 :]]
        )
    return f"the server did not start; the end of {log_path} says why:\n" + "\n".join(lines[-15:])
