"""`server.py SOCKET PYTHON MODULE...`, the warm Python: imports the modules, then forks for each program.

PYTHON is what its clients are started as. Prints `warm`, and ends when its standard input does.
"""

import atexit
import contextlib
import gc
import importlib
import io
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import traceback
from dataclasses import dataclass

_LENGTH_BYTES = 4
_MOST_FILES = 250
"""A message on a socket carries no more than 253."""

_RECEIVE_SECONDS = 10.0
_FORWARDED = (signal.SIGINT, signal.SIGTERM)


@dataclass
class _Order:
    """What a client wants to be run, where, and with which open files."""

    folder: str
    files: dict[int, int]
    arguments: list[str]
    environment: dict[str, str]


class _Children:
    """The forks, each with its client."""

    def __init__(self) -> None:
        self._by_client: dict[socket.socket, int] = {}

    def add(self, client: socket.socket, pid: int) -> None:
        self._by_client[client] = pid

    def signal(self, client: socket.socket) -> bool:
        """Pass on the signals that a client was sent; False if it is gone."""
        try:
            numbers = client.recv(16)
        except ConnectionResetError:
            numbers = b""
        for number in numbers or [signal.SIGKILL]:
            if client in self._by_client:
                os.kill(self._by_client[client], number)
        return bool(numbers)

    def reap(self) -> None:
        """Tell the clients of those that have ended."""
        for client, pid in list(self._by_client.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._by_client[client]
                with contextlib.suppress(OSError):  # The client may be gone.
                    client.sendall(str(status).encode())

    def kill(self) -> None:
        """End them all."""
        for pid in self._by_client.values():
            os.kill(pid, signal.SIGKILL)


def _serve(address: str) -> _Order | None:
    """Serve until standard input ends; in a fork, return what it is to run."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    children = _Children()
    selector = selectors.DefaultSelector()
    for source in (listener, woken, sys.stdin):
        selector.register(source, selectors.EVENT_READ)
    print("warm", flush=True)
    while True:
        for key, _ in selector.select():
            if key.fileobj is sys.stdin:
                children.kill()
                return None
            if key.fileobj is woken:
                woken.recv(4096)
                children.reap()
            elif key.fileobj is listener:
                client, _ = listener.accept()
                try:
                    order = _received(client)
                except (OSError, EOFError) as error:
                    print(f"a client of the warm Python was not heard: {error}", file=sys.stderr)
                    client.close()
                    continue
                # A signal for a fork waits until it is what it is to be.
                signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    for each in selector.get_map().values():
                        if isinstance(each.fileobj, socket.socket):
                            each.fileobj.close()
                    client.close()
                    waker.close()
                    return order
                signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
                for number in order.files.values():
                    os.close(number)
                children.add(client, pid)
                selector.register(client, selectors.EVENT_READ)
            elif isinstance(key.fileobj, socket.socket) and not children.signal(key.fileobj):
                selector.unregister(key.fileobj)
                key.fileobj.close()


def _received(client: socket.socket) -> _Order:
    """Return what a client sends.

    Raises:
        OSError: It is not sent within `_RECEIVE_SECONDS`.
        EOFError: The client ended before it had sent all.
    """
    client.settimeout(_RECEIVE_SECONDS)
    length, files, _, _ = socket.recv_fds(client, _LENGTH_BYTES, _MOST_FILES)
    order = b""
    missing = int.from_bytes(length, "big") or 1
    while missing:
        # No more than that: a signal may come right behind.
        part = client.recv(missing)
        if not part:
            for number in files:
                os.close(number)
            message = "it ended while it sent"
            raise EOFError(message)
        order += part
        missing -= len(part)
    client.settimeout(None)
    folder, numbers, count, *rest = order.decode(errors="surrogateescape").split("\0")
    return _Order(
        folder=folder,
        files=dict(zip(map(int, numbers.split(",")), files, strict=True)),
        arguments=rest[: int(count)],
        environment=dict(each.split("=", 1) for each in rest[int(count) :]),
    )


def _run(order: _Order) -> None:
    """Be the process that the client stands for."""
    _take_over(order.files)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    sys.path[:0] = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - open as long as the process
    safe_path = False
    arguments = order.arguments
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    while arguments[0] in ("-u", "-P"):
        if arguments[0] == "-u":
            sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)
        else:
            safe_path = True
        arguments = arguments[1:]
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        if not safe_path:
            sys.path.insert(0, order.folder)
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return
    sys.argv = arguments
    if not os.path.isdir(arguments[0]):  # run_path puts a folder there itself.
        sys.path.insert(0, os.path.dirname(os.path.abspath(arguments[0])))
    runpy.run_path(arguments[0], run_name="__main__")


def _take_over(files: dict[int, int]) -> None:
    """Give the open files the numbers they have in the client."""
    beyond = max(*files, *files.values()) + 1
    aside = {}
    for number, got in files.items():
        beyond += 1
        aside[number] = os.dup2(got, beyond)
        os.close(got)
    for number, got in aside.items():
        os.dup2(got, number)
        os.close(got)
        os.set_inheritable(number, number < 3)


def main() -> None:
    """Serve; a fork ends as its program does."""
    address, sys.executable, *modules = sys.argv[1:]
    for name in modules:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    order = _serve(address)
    if order is not None:
        _end(_exit_code(order))


def _exit_code(order: _Order) -> int:
    try:
        _run(order)
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        print(error.code, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        traceback.print_exc()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        raise
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        return 1
    return 0


def _end(code: int) -> None:
    """End as the interpreter does, but for taking every module apart, which takes longer than many a program."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
