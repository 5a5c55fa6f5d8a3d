"""Stands for `python`: has the warm Python run what the arguments say, and ends as that ends.

Runs without `site`, and imports little: `socket` and `signal` alone take as long as Python's start.
"""

import _signal as signal
import _socket as socket
import os
import sys

_LENGTH_BYTES = 4
_INT_BYTES = 4
_PYTHON_VARIABLES = {"PYTHON", "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
"""Those that a fork can have of its own, or that make no difference here."""

_FORWARDED = (signal.SIGINT, signal.SIGTERM)


def main() -> int:
    """Return the exit code."""
    address, python, *arguments = sys.argv[1:]
    if not _can_be_forked(arguments):
        os.execv(python, [python, *arguments])
    server = socket.socket(socket.AF_UNIX)
    server.connect(address)
    streams = _open_files(except_for=server.fileno())
    order = "\0".join(
        [
            os.getcwd(),
            ",".join(map(str, streams)),
            str(len(arguments)),
            *arguments,
            *(f"{name}={value}" for name, value in os.environ.items()),
        ]
    ).encode(errors="surrogateescape")

    def forward(number: int, _: object) -> None:
        server.sendall(bytes([number]))

    rights = b"".join(each.to_bytes(_INT_BYTES, sys.byteorder) for each in streams)
    length = len(order).to_bytes(_LENGTH_BYTES, "big")
    server.sendmsg([length], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    server.sendall(order)
    for number in _FORWARDED:
        signal.signal(number, forward)
    # What the program has open must be closed when it closes it.
    told = os.dup(2)
    for stream in streams:
        os.close(stream)
    answer = server.recv(16)
    if not answer:
        os.write(told, b"the warm Python of the tests has ended\n")
        return 1
    status = int(answer)
    if os.WIFSIGNALED(status):
        for number in _FORWARDED:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.waitstatus_to_exitcode(status)


def _can_be_forked(arguments: list[str]) -> bool:
    """Tell whether the warm Python knows what is asked; a real one is started otherwise."""
    while arguments and arguments[0] in ("-u", "-P"):
        arguments = arguments[1:]
    is_program = bool(arguments) and (not arguments[0].startswith("-") or arguments[0] == "-m")
    special = {name for name in os.environ if name.startswith("PYTHON")} - _PYTHON_VARIABLES
    return is_program and not special


def _open_files(except_for: int) -> list[int]:
    found = []
    for number in map(int, os.listdir("/dev/fd")):
        try:
            os.fstat(number)
        except OSError:
            continue  # The listing's own.
        if number != except_for:
            found.append(number)
    return sorted(found)


if __name__ == "__main__":
    os._exit(main())
