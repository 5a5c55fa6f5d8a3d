"""What a step of a job may say. dbt Cloud runs each step as one dbt command, without a shell.

Source: https://docs.getdbt.com/docs/deploy/job-commands
"""

import difflib
import re
import shlex
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from pulumi_dbtcloud_datafold.settings.field_types import unseen_character
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

_NEEDS = {"docs": "generate", "source": "freshness"}
"""Commands that are none without a further word, and the one that a job runs."""

_ENDLESS = {
    "docs serve": (
        "dbt docs serve never ends, so the run lasts until its timeout",
        "dbt docs generate",
    ),
    "init": ("dbt init asks questions, which nobody answers in a run", "dbt build"),
}
"""Commands that a job cannot run: why, and what is meant."""

_OF_SHELLS = ";|&<>"
_SELECTION_FLAGS = ("--select", "-s", "--models", "--model", "-m", "--exclude")
_SHORT_FLAGS = ("-s", "-m")
_NEEDS_STATE = re.compile(r"(?:^|[\s,+@])((?:state|result|source_status):[\w.]*)")
_ONLY_CHANGES = re.compile(r"(?:^|[,+@\d])state:(?:modified|new)")


def _on_one_line(value: str) -> str:
    """Return a step on one line, as dbt Cloud reads it; a command may be folded over several.

    Raises:
        PydanticCustomError: There is more than one command in it.
    """
    lines = re.split(r"\r\n|\r|\n", value.strip("\r\n"))
    for number, line in enumerate(lines[1:], start=1):
        is_flag = line.startswith(("-", " ", "\t")) and line.split()[:1] != ["dbt"]
        if line.strip() and not is_flag and not _is_in_quotes("\n".join(lines[:number])):
            raise broken_rule(
                "one step is one command, and this one has a further line that is no flag of it",
                "write each command as an item of its own, e.g. [dbt seed, dbt build]; indent the lines of one command",
            )
        if lines[number - 1].rstrip().endswith("\\"):
            raise broken_rule(
                "a backslash at the end of a line is for a shell, and dbt Cloud has none",
                "remove it; further lines of one command are indented",
            )
    return " ".join(line.strip() for line in lines if line.strip()) if lines[1:] else lines[0]


def _is_in_quotes(text: str) -> bool:
    try:
        words_of(text)
    except ValueError:
        return True
    return False


def _refuse_characters(value: str) -> None:
    """Refuse characters that nobody sees, and what only a shell replaces."""
    if unseen := unseen_character(value):
        raise broken_rule(
            f"a step has the character {unseen}, which nobody sees", "remove it, or write a space"
        )
    if value != value.strip():
        raise broken_rule("this step begins or ends with a space", "remove it")
    # What is in single quotes reaches dbt as it is, also from a shell.
    unquoted = re.sub(r"'[^']*'", "", value)
    if "`" in unquoted or "$(" in unquoted:
        raise broken_rule(
            "dbt Cloud runs a step without a shell, so `...` and $(...) are not replaced",
            "write the value itself; put it in single quotes if dbt is to read these characters",
        )


def words_of(value: str) -> list[str]:
    """Return the words of a step.

    Raises:
        ValueError: A quotation is not closed.
    """
    lexer = shlex.shlex(value, posix=True, punctuation_chars=_OF_SHELLS)
    lexer.whitespace_split = True
    lexer.commenters = ""
    return list(lexer)


def _command_at(words: list[str]) -> int | None:
    """Return where the command stands; None if no word of the step is one of dbt's commands."""
    # Flags of dbt itself, with their values, may stand before the command: dbt --log-level info build.
    leading_flags = len(words) > 1 and words[1].startswith("-")
    last = len(words) if leading_flags else 2
    return next((n for n, word in enumerate(words[:last]) if n and word in COMMANDS), None)


def dbt_command(value: str) -> str:
    """Return a step as dbt Cloud is to store it.

    Raises:
        PydanticCustomError: dbt Cloud could not run it.
    """
    step = _on_one_line(value)
    _refuse_characters(step)
    try:
        words = words_of(step)
    except ValueError as error:
        raise broken_rule(str(error).lower(), "close the quotes") from None
    if not words or words[0] != "dbt":
        raise broken_rule("a step is one dbt command", "start it with dbt, e.g. 'dbt build'")
    # In a shell a word with # begins a comment.
    if any(word and (set(word) <= set(_OF_SHELLS) or word[0] == "#") for word in words):
        raise broken_rule(
            "dbt Cloud runs a step without a shell", "write each command as a step of its own"
        )
    at = _command_at(words)
    if at is None:
        command = words[1] if len(words) > 1 and not words[1].startswith("-") else ""
        near = difflib.get_close_matches(command, COMMANDS, n=1)
        raise broken_rule(
            f"dbt has no command '{command}'" if command else "no dbt command is named",
            f"did you mean 'dbt {near[0]}'?" if near else "write e.g. 'dbt build'",
        )
    for first, second in zip(words[at + 1 :], words[at + 2 :], strict=False):
        if first == "dbt" and second in COMMANDS:
            raise broken_rule(
                "one step is one command, and there is a second one in it",
                "write each command as an item of its own, e.g. [dbt seed, dbt build]",
            )
    _refuse_endless(words[at], words[at + 1 :])
    return step


def _refuse_endless(command: str, rest: list[str]) -> None:
    """Refuse commands that never end, wait for a person, or lack a word."""
    for name, (problem, instead) in _ENDLESS.items():
        first, _, second = name.partition(" ")
        if command == first and (not second or second in rest):
            raise broken_rule(problem, f"remove the step, or write '{instead}'")
    if (needed := _NEEDS.get(command)) and needed not in rest:
        raise broken_rule(
            f"'dbt {command}' alone is no command of dbt", f"write 'dbt {command} {needed}'"
        )


def state_needed(step: str) -> str | None:
    """Return what in a step compares with the state of an earlier run, as the step has it; None if nothing does."""
    words = words_of(step)
    if words[_command_at(words) or 0] == "clone":
        return "dbt clone"
    for word in words:
        if word.partition("=")[0] in ("--state", "--defer-state", "--defer"):
            return word.partition("=")[0]
    for value in _selected(words):
        if found := _NEEDS_STATE.search(value):
            return found[1]
    return None


def builds_only_changes(step: str) -> bool | None:
    """Return whether a step builds nothing but models whose code has changed; None if it builds no model."""
    words = words_of(step)
    if words[_command_at(words) or 0] not in ("build", "run", "seed", "snapshot"):
        return None
    selected = [item for value in _selected(words, exclude=False) for item in value.split()]
    return bool(selected) and all(_ONLY_CHANGES.search(item) for item in selected)


def _selected(words: list[str], *, exclude: bool = True) -> Iterator[str]:
    """Return the values of the flags that choose models."""
    is_value = False
    for word in words:
        flag, equals, value = word.partition("=")
        if word.startswith(_SHORT_FLAGS) and len(word) > 2:
            # -sstate:modified
            is_value = False
            yield word[2:].removeprefix("=")
        elif word.startswith("-"):
            is_value = flag in _SELECTION_FLAGS and (exclude or flag != "--exclude")
            if is_value and equals:
                yield value
        elif is_value:
            yield word


DbtCommand = Annotated[str, AfterValidator(dbt_command)]
ExecuteSteps = Annotated[list[DbtCommand], Field(min_length=1)]
