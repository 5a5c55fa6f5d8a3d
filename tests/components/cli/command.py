"""The command as a user types it, in the stack's folder."""

import os
import sys
from contextlib import chdir
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner
from pulumi_dbtcloud_datafold.cli.main import main
from pulumi_dbtcloud_datafold.engine.guard import ADOPTION_VARIABLE

from tests.infra.engine import attached
from tests.infra.engine.deployment import Deployment, Ran

COMMAND = Path(sys.executable).with_name("dbtcloud-datafold")


def run(stack: Deployment, *arguments: str, code: int = 0) -> Ran:
    """Run `dbtcloud-datafold`; it must end with `code`. In this process, if the stack's programs run here too."""
    if not stack.attaches:
        ran = stack.run(COMMAND, *arguments, fails=bool(code))
    else:
        # A previewed program does not get what `adopt` sets for it alone.
        adoption = {ADOPTION_VARIABLE: "1"} if arguments[0] == "adopt" else {}
        with attached.servers() as servers:
            env = {**stack.env, **servers, **adoption}
            with mock.patch.dict(os.environ, env, clear=True), chdir(stack.folder):
                ran = Ran(*in_process(*arguments))
    assert ran.code == code, ran.text
    assert "Traceback" not in ran.text
    return ran


def in_process(*arguments: str, given: str = "") -> tuple[int, str, str]:
    """Type the command in this process, with a text at its standard input; return its code and what it prints."""
    with (
        CliRunner().isolation(input=given) as (stdout, stderr, _),
        mock.patch.object(sys, "argv", [str(COMMAND), *arguments]),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return int(ended.value.code or 0), stdout.getvalue().decode(), stderr.getvalue().decode()
