"""How a disturbed `pulumi up` ends, after what its messages ask for."""

import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.reliability.stack_steps import StackSteps, up_options
from tests.components.cli.command import COMMAND
from tests.infra.engine.deployment import Deployment, Ran

ROUNDS = 3
"""So often at most the stack is brought up again."""

_DELETE = re.compile(r"Delete (?:([a-z ]+) )?((?:wsu_)?\d+(?:, (?:wsu_)?\d+)*) in dbt Cloud \(")
_DOUBLES = re.compile(
    r"UNDECIDED (environment|job) .*? (\d+(?:, \d+)+) are all called so: delete those"
)
"""What `recover` says of a create that the provider has sent again."""
_ERROR = re.compile(r"error: (.*)")
_TORN = "failed to load checkpoint"
"""What Pulumi says where the state's file was written in part; docs/operate.md says what to do then."""
_GONE = "resource-not-found-permissions"
"""What the provider answers when it is to delete what is gone; docs/operate.md says what to do then."""

_PATHS = {
    "job": "/v2/accounts/1/jobs/{}/",
    "environment": "/v3/accounts/1/projects/10/environments/{}/",
    "notification": "/v2/accounts/1/notifications/{}/",
    "service token": "/v3/accounts/1/service-tokens/{}/",
    "environment variable override": "/v3/accounts/1/projects/10/environment-variables/{}/",
    "webhook": "/v3/accounts/1/webhooks/subscription/{}",
}


class How(StrEnum):
    """What it took until all was well."""

    SAME = "same `up`"
    NEXT = "one more `up`"
    COMMAND = "command named"
    DELETION = "deletion named"
    REFRESH = "`up --refresh`"
    RECOVER = "`recover`"
    BACKUP = "backup of the state"
    BAD = "BAD"


@dataclass(frozen=True)
class Ending:
    """How it ended.

    Attributes:
        how: What it took.
        message: What the first failure said; empty if nothing failed.
        problems: What is wrong all the same.
    """

    how: How
    message: str = ""
    problems: tuple[str, ...] = ()


def settle(
    steps: StackSteps, step: str, stack: Deployment, first: Ran, clear: Callable[[], object]
) -> Ending:
    """Do what a person does after the disturbed `up`, and look what came of it.

    Args:
        steps: What is expected.
        step: The step that was disturbed.
        stack: The stack.
        first: The disturbed `up`.
        clear: Ends the disturbance.
    """
    clear()
    how, ran = How.SAME, first
    for _ in range(ROUNDS):
        if _delete_what_is_named(stack, ran):
            how = How.DELETION
        if not ran.code:
            break
        if how is How.SAME:
            how = How.NEXT
        if (named := _run_what_is_named(stack, ran)) and how is not How.BACKUP:
            how = named
        if _TORN in ran.one_line:
            how = How.BACKUP
            _restore_state(stack)
        options = up_options(step)
        if _GONE in ran.one_line and how is How.REFRESH:
            how = How.RECOVER
            stack.in_processes().run(COMMAND, "recover", "--yes", fails=None)
        elif _GONE in ran.one_line and ran is not first:
            how, options = How.REFRESH, ("--refresh",)
        ran = stack.up(*options, fails=None)
    problems = [f"up again: {_message(ran)}"] if ran.code else steps.problems(step, stack)
    return Ending(How.BAD if problems else how, _message(first), tuple(problems))


def _restore_state(stack: Deployment) -> None:
    """Take the state as it was before the last save."""
    [backup] = stack.folder.glob(f"state/.pulumi/stacks/*/{stack.stack}.json.bak")
    shutil.copy(backup, backup.with_suffix(""))


def _message(ran: Ran) -> str:
    errors = _ERROR.findall(ran.text) if ran.code else []
    return " | ".join(dict.fromkeys(line.strip() for line in errors))


def _run_what_is_named(stack: Deployment, ran: Ran) -> How | None:
    """Run the command of ours that the message names; return what that took, None if it names none."""
    if "`dbtcloud-datafold recover" in ran.one_line:
        recover = (COMMAND, "recover", "--yes")
        recovered = stack.in_processes().run(*recover, fails=None)
        if not (doubles := _DOUBLES.search(recovered.one_line)):
            return How.COMMAND
        for number in doubles[2].split(", ")[1:]:
            stack.cloud_delete(_PATHS[doubles[1]].format(number)).raise_for_status()
        stack.in_processes().run(*recover, fails=None)
        return How.DELETION
    if "`dbtcloud-datafold adopt`" not in ran.one_line:
        return None
    adopted = stack.in_processes().run(COMMAND, "adopt", fails=None)
    if command := re.search(r"^\s*pulumi (import .*)$", adopted.text, re.MULTILINE):
        stack.pulumi(*shlex.split(command[1]), "--yes", fails=None)
    return How.COMMAND


def _delete_what_is_named(stack: Deployment, ran: Ran) -> bool:
    """Delete in dbt Cloud what the messages ask for; return whether they ask for anything."""
    named = {
        (kind or "job", number)
        for kind, numbers in _DELETE.findall(ran.one_line)
        for number in numbers.split(", ")
    }
    for kind, number in named:
        path = _PATHS[kind].format(number)
        if kind == "notification":
            known = stack.cloud_get(path).json()["data"]
            stack.cloud_post(path, {**known, "state": 2}).raise_for_status()
        else:
            stack.cloud_delete(path).raise_for_status()
    return bool(named)
