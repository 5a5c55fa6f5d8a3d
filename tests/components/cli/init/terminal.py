"""A command at a terminal of its own, with a person who answers."""

import os
import pty
import select
import subprocess
import time

from tests.components.cli import command
from tests.infra.engine.deployment import COMMAND_SECONDS


def run(stack, arguments, answers):
    """Run `dbtcloud-datafold` and answer its questions; return its code and all that the terminal shows.

    Args:
        stack: Where it runs.
        arguments: Of the command.
        answers: For each text that is shown, what is typed then.
    """
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [command.COMMAND, *arguments],
        cwd=stack.folder,
        env=stack.env,
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    )
    os.close(inner)
    shown, seen, waiting = "", 0, list(answers)
    deadline = time.monotonic() + COMMAND_SECONDS
    try:
        while time.monotonic() < deadline:
            if not select.select([outer], [], [], 1)[0]:
                continue
            try:
                read = os.read(outer, 4096)
            except OSError:
                break  # The other end is closed.
            if not read:
                break
            shown += read.decode(errors="replace")
            if waiting and waiting[0][0] in shown[seen:]:
                seen = len(shown)
                os.write(outer, f"{waiting.pop(0)[1]}\n".encode())
        return process.wait(timeout=10), shown
    finally:
        process.kill()
        os.close(outer)
