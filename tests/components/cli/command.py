"""The command as a user types it, in the stack's folder."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner
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
    with mock.patch.dict(os.environ, stack.env, clear=True):
        ended, output, errors = in_process(*arguments, "--cwd", str(stack.folder))
    assert ended == code, output + errors
    return output


def in_process(*arguments: str, given: str = "") -> tuple[int, str, str]:
    """Type the command in this process, with a text at its standard input; return its code and what it prints."""
    with (
        CliRunner().isolation(input=given) as (stdout, stderr, _),
        mock.patch.object(sys, "argv", [str(COMMAND), *arguments]),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return int(ended.value.code or 0), stdout.getvalue().decode(), stderr.getvalue().decode()
