"""What a step of a job may say. dbt Cloud runs each step as one dbt command, without a shell.

Source: https://docs.getdbt.com/docs/deploy/job-commands
"""

import difflib
import shlex
from typing import Annotated

from pydantic import AfterValidator, Field

from pulumi_dbtcloud_datafold.settings.problems import broken_rule

COMMANDS = (
    "build",
    "clean",
    "clone",
    "compare",
    "compile",
    "debug",
    "deps",
    "docs",
    "environment",
    "init",
    "list",
    "ls",
    "parse",
    "retry",
    "run",
    "run-operation",
    "seed",
    "show",
    "sl",
    "snapshot",
    "source",
    "test",
)
"""dbt's commands, https://docs.getdbt.com/reference/dbt-commands."""

_OF_SHELLS = ";|&<>"


def _dbt_command(value: str) -> str:
    lexer = shlex.shlex(value, posix=True, punctuation_chars=_OF_SHELLS)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError as error:
        raise broken_rule(str(error).lower(), "close the quotes") from None
    if not words or words[0] != "dbt":
        raise broken_rule("a step is one dbt command", "start it with dbt, e.g. 'dbt build'")
    if any(word and set(word) <= set(_OF_SHELLS) for word in words):
        raise broken_rule(
            "dbt Cloud runs a step without a shell", "write each command as a step of its own"
        )
    # Flags of dbt itself, with their values, may stand before the command: dbt --log-level info build.
    leading_flags = len(words) > 1 and words[1].startswith("-")
    named = [word for word in words[1:] if word in COMMANDS] if leading_flags else words[1:2]
    command = named[0] if named else None
    if command not in COMMANDS:
        near = difflib.get_close_matches(command or "", COMMANDS, n=1)
        raise broken_rule(
            f"dbt has no command '{command}'" if command else "no dbt command is named",
            f"did you mean 'dbt {near[0]}'?" if near else "write e.g. 'dbt build'",
        )
    return value


DbtCommand = Annotated[str, AfterValidator(_dbt_command)]
ExecuteSteps = Annotated[list[DbtCommand], Field(min_length=1)]
