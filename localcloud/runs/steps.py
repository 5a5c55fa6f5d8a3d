"""The steps of a run: those that every run begins with, then the job's commands.

Source of names and order: recorded runs of dbt Cloud; that a failure of the two switched-on steps,
source freshness and docs, does not end the run: https://docs.getdbt.com/docs/deploy/job-commands
"""

from collections.abc import Sequence
from enum import StrEnum

from localcloud.state.store import Doc

RETRY = "dbt retry"

_COMMANDS = frozenset(
    {"build", "clean", "clone", "compile", "debug", "deps", "docs", "init", "list", "ls", "parse"}
    | {"retry", "run", "run-operation", "seed", "show", "snapshot", "source", "test"}
)
"""The subcommands of dbt. Source: https://docs.getdbt.com/reference/dbt-commands"""


class Kind(StrEnum):
    """What a step does."""

    CLONE = "clone"
    PROFILE = "profile"
    DEPS = "deps"
    COMMAND = "command"


def of_run(
    commands: list[str],
    *,
    connection: str,
    schema_override: str | None,
    freshness: bool = False,
    docs: bool = False,
) -> list[Doc]:
    """The steps of a run that is about to be stored.

    Args:
        commands: The job's commands, or those it is run with this time.
        connection: Name of the connection, for the step's name.
        schema_override: The schema that takes the place of the environment's, if one does.
        freshness: Whether sources are checked before the commands.
        docs: Whether docs are generated after them.
    """
    override = f" (override schema to '{schema_override}')" if schema_override else ""
    steps = [
        _step(Kind.CLONE, "Clone git repository"),
        _step(Kind.PROFILE, f"Create profile from connection {connection}{override}"),
        _invocation("dbt deps", Kind.DEPS),
    ]
    if freshness:
        steps.append({**_invocation("dbt source freshness"), "may_fail": True})
    steps += [_invocation(command) for command in commands]
    if docs:
        steps.append({**_invocation("dbt docs generate"), "may_fail": True})
    return [{**step, "index": index} for index, step in enumerate(steps, 1)]


def subcommand(words: Sequence[str]) -> str | None:
    """The subcommand of a dbt command, after dbt's own options (`dbt --debug build`)."""
    return next((word for word in words[1:] if word in _COMMANDS), None)


def after_failure(steps: list[Doc], failed: Doc) -> list[Doc]:
    """The steps of a run that retries another one from its failed step."""
    first = steps[: _first_command(steps)]
    kept = [step for step in steps if step["index"] > failed["index"]]
    retry = {**_invocation(RETRY), "retries_step": failed["index"]}
    fresh = [
        {**_step(Kind(step["kind"]), step["name"]), **_own_fields(step)} for step in (*first, *kept)
    ]
    fresh.insert(len(first), retry)
    return [{**step, "index": index} for index, step in enumerate(fresh, 1)]


def _first_command(steps: list[Doc]) -> int:
    return next(number for number, step in enumerate(steps) if step["kind"] == Kind.COMMAND)


def _own_fields(step: Doc) -> Doc:
    return {key: step[key] for key in ("command", "may_fail")}


def _invocation(command: str, kind: Kind = Kind.COMMAND) -> Doc:
    return {**_step(kind, f"Invoke dbt with `{command}`"), "command": command}


def _step(kind: Kind, name: str) -> Doc:
    return {
        "id": None,
        "index": 0,
        "kind": kind.value,
        "name": name,
        "command": None,
        "may_fail": False,
        "retries_step": None,
        "status": 1,
        "logs": "",
        "started_at": None,
        "finished_at": None,
    }
