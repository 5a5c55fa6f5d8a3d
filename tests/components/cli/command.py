"""The command as a user types it, in the stack's folder."""

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from pulumi_dbtcloud_datafold.cli.main import main
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


def run_here(stack: Deployment, *arguments: str, code: int = 0) -> str:
    """Run a command that runs no program within this process, which spares a start of Python; return what it prints."""
    output, errors = io.StringIO(), io.StringIO()
    typed = [str(COMMAND), *arguments, "--cwd", str(stack.folder)]
    with (
        mock.patch.dict(os.environ, stack.env, clear=True),
        mock.patch.object(sys, "argv", typed),
        redirect_stdout(output),
        redirect_stderr(errors),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    assert ended.value.code == code, output.getvalue() + errors.getvalue()
    return output.getvalue()
