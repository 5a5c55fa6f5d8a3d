"""The command as a user types it, in the stack's folder."""

import sys
from pathlib import Path

from tests.infra.engine.deployment import Deployment, Ran

COMMAND = Path(sys.executable).with_name("dbtcloud-datafold")


def run(stack: Deployment, *arguments: str, code: int = 0) -> Ran:
    """Run `dbtcloud-datafold`; it must end with `code`."""
    # The program previewed by `adopt` must see the variables that the command sets for it.
    ran = stack.in_processes().run(COMMAND, *arguments, fails=bool(code))
    assert ran.code == code, ran.text
    assert "Traceback" not in ran.text
    return ran
