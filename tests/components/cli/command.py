"""The command as a user types it, in the stack's folder."""

import sys
from dataclasses import replace
from pathlib import Path

from pulumi_dbtcloud_datafold.engine.guard import ADOPTION_VARIABLE

from tests.infra.engine.deployment import Deployment, Ran

COMMAND = Path(sys.executable).with_name("dbtcloud-datafold")


def run(stack: Deployment, *arguments: str, code: int = 0) -> Ran:
    """Run `dbtcloud-datafold`; it must end with `code`."""
    if stack.attaches and arguments[0] == "adopt":
        # The previewed program runs in this process, which does not get what the command sets for it.
        stack = replace(stack, extra_env={**stack.extra_env, ADOPTION_VARIABLE: "1"})
    ran = stack.run(COMMAND, *arguments, fails=bool(code))
    assert ran.code == code, ran.text
    assert "Traceback" not in ran.text
    return ran
