"""The processes that the host starts. None outlives it."""

import os
import selectors
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import grpc

from toolchain.language_host.refusal import RefusedError

GRACE_SECONDS = 2.0
"""How long a process has to end by itself. The engine kills the host itself after 5 s."""

_CHUNK_BYTES = 65536


class Children:
    """Starts processes and ends them all."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def start(
        self,
        what: str,
        command: Sequence[str | os.PathLike[str]],
        context: grpc.ServicerContext,
        *,
        cwd: Path,
        env: Mapping[str, str],
        pass_fds: Sequence[int] = (),
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a process with nothing to read on standard input.

        Args:
            what: The process, for the message of an error.
            command: Program and arguments.
            context: The call for which it runs; when that ends, the process is ended.
            cwd: Where to run.
            env: The whole environment.
            pass_fds: File descriptors that the process also gets.
            stdout: As for `subprocess.Popen`. Default: the host's own stream, which the engine
                shows to the user line by line.
            stderr: Likewise.

        Raises:
            RefusedError: it cannot be started, or the host is ending.
        """
        with self._lock:
            if self._closed:
                message = f"{what} cannot be started: the language host is ending"
                raise RefusedError(message)
            try:
                process = subprocess.Popen(  # noqa: S603 - running the user's program is the task
                    command,
                    cwd=cwd,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    pass_fds=pass_fds,
                )
            except OSError as error:
                message = f"{what} cannot be started: {error}"
                raise RefusedError(message) from error
            self._running.add(process)
        if not context.add_callback(lambda: self.end(process)):
            self.end(process)
        return process

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for the end of a process and return its exit code."""
        code = process.wait()
        with self._lock:
            self._running.discard(process)
        return code

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """End a process: politely first, by force after `GRACE_SECONDS`."""
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        self.wait(process)

    def end_all(self) -> None:
        """End every process and start no more."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in running:
            self.end(process)


Stream = Literal["stdout", "stderr"]


def output(process: subprocess.Popen[bytes]) -> Iterator[tuple[Stream, bytes]]:
    """Yield what a process writes into its pipes, as it comes, until both are closed."""
    pipes = {"stdout": process.stdout, "stderr": process.stderr}
    with selectors.DefaultSelector() as selector:
        for name, pipe in pipes.items():
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, name)
        while selector.get_map():
            for key, _ in selector.select():
                if chunk := os.read(key.fd, _CHUNK_BYTES):
                    yield key.data, chunk
                else:
                    selector.unregister(key.fileobj)
    for pipe in pipes.values():
        if pipe is not None:
            pipe.close()
