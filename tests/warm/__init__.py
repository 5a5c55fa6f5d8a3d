"""A Python that has loaded this project's packages once, and forks for each program that is to be run.

A command of Pulumi on our stack starts four or five Python processes, and most of its time goes to their imports. Here
each is still a process of its own, started by the engine or the language host through a file called `python`, with its
own arguments, environment, streams and signals; only the imports are done already. `tests/make`, `tests/packaging`,
`tests/story` and `tests/toolchain` start real ones.
"""

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolchain import provider
from toolchain.engine import HOST
from toolchain.files import write_script
from toolchain.home import Home

VIRTUALENV = "warm"
"""The folder of a home that is like a virtual environment with the warm Python."""

_HERE = Path(__file__).parent
_SECONDS = 60


@contextmanager
def running(home: Home) -> Iterator[None]:
    """Keep one warm as long as the block lasts, for the host and the provider of `home` and in its `VIRTUALENV`."""
    with tempfile.TemporaryDirectory() as short:
        address = Path(short, "socket")
        server = subprocess.Popen(
            [sys.executable, "-P", str(_HERE / "server.py"), str(address)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert server.stdin
        assert server.stdout
        assert server.stdout.readline() == b"warm\n"
        client = [sys.executable, "-I", "-S", str(_HERE / "client.py"), str(address)]
        warm = home.local / VIRTUALENV / "bin" / "python"
        write_script(warm, f'#!/bin/sh\nexec {shlex.join([*client, sys.executable])} "$@"\n')
        _use(warm, home)
        yield
        # It ends when its standard input does, and so it does if these tests are killed.
        server.stdin.close()
        server.wait(_SECONDS)
        server.stdout.close()


def _use(warm: Path, home: Home) -> None:
    plugin = provider.wanted()
    cold = f"exec {shlex.quote(sys.executable)} "
    for program in (home.bin / HOST, home.plugins / plugin.folder / plugin.program):
        # Either may be the official one.
        if program.exists() and cold.encode() in program.read_bytes():
            text = program.read_text().replace(cold, f"exec {shlex.quote(str(warm))} ")
            write_script(program, text)
