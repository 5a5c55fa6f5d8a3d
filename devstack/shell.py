"""The command `shell`."""

import os

from devstack import machine
from devstack.machine import BACKEND, DEV, STACK


def shell(port: int | None) -> None:
    """Open a shell in which `pulumi` works on the dev stack; leave it with `exit`."""
    ready = machine.prepare_with_cloud(port)
    if DEV not in BACKEND.stacks():
        machine.report(f"the stack {STACK} is not there yet; make up makes and selects it")
    program = os.environ.get("SHELL") or "/bin/sh"
    machine.report(f"pulumi works in this shell ({program}); leave it with `exit`")
    os.execve(program, [program], {**os.environ, **ready.variables})  # noqa: S606 - the user's shell
