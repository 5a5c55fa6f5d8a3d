"""`dbtcloud-datafold recover`: finish an update that was killed, without losing or doubling anything."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli import import_file
from pulumi_dbtcloud_datafold.cli.account import connect
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.existing import Account
from pulumi_dbtcloud_datafold.cli.exit_codes import FOUND, WELL
from pulumi_dbtcloud_datafold.cli.init.questions import can_ask
from pulumi_dbtcloud_datafold.cli.matching import Finding, Result
from pulumi_dbtcloud_datafold.cli.plain_text import visible
from pulumi_dbtcloud_datafold.cli.preview import KINDS, Kind, managed_number
from pulumi_dbtcloud_datafold.cli.progress import progress
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack, stack_options
from pulumi_dbtcloud_datafold.cli.recover import interrupted, leftovers, stack_lock, state_folder
from pulumi_dbtcloud_datafold.cli.recover.interrupted import Interrupted
from pulumi_dbtcloud_datafold.cli.recover.leftovers import Fate, Leftover
from pulumi_dbtcloud_datafold.cli.recover.stack_lock import StackLock
from pulumi_dbtcloud_datafold.engine.guard import ADOPTION_VARIABLE

_DELETE: Mapping[Kind, Callable[[DbtCloudApi, Leftover], None]] = {
    "job": lambda api, left: api.delete_job(left.candidate.number),
    "service_token": lambda api, left: api.delete_service_token(left.candidate.number),
    "webhook": lambda api, left: api.delete_webhook(left.candidate.import_id),
}
_STEPS = frozenset({"create", "update", "delete", "replace", "import"})
"""Steps of a preview that `pulumi up` then takes, and that mean something to a person."""


@dataclass(frozen=True)
class Plan:
    """What was found, and what is to be done.

    Attributes:
        locks: Those of processes that have ended.
        left: What is left in dbt Cloud.
        gone: URNs of environments that are to be deleted and that dbt Cloud does not have any more.
        changes: What `pulumi up` does then, as Pulumi names it: the step and the resource.
        imports: The import file for everything that the stack does not have.
    """

    locks: Sequence[StackLock]
    state: Interrupted
    left: Sequence[Leftover]
    gone: Sequence[str]
    changes: Sequence[tuple[str, str]]
    imports: Mapping[str, Any]

    @property
    def is_needed(self) -> bool:
        """Something was interrupted, or is left."""
        operations = self.state.creating or self.state.others
        return bool(self.locks or operations or self.left or self.gone)

    @property
    def undecided(self) -> bool:
        """A person has to decide something first."""
        return any(leftover.fate is Fate.UNDECIDED for leftover in self.left) or any(
            self.state.foreign()
        )

    def with_fate(self, fate: Fate) -> list[Leftover]:
        """Return what is left with that fate."""
        return [leftover for leftover in self.left if leftover.fate is fate]


@click.command()
@stack_options
@click.option("-y", "--yes", is_flag=True, help="Do it without a question.")
def recover(stack: str | None, cwd: str | None, yes: bool) -> int:
    """Finish a `pulumi up` that was killed.

    Finds what it has left in dbt Cloud and the state does not know. Takes over what is certainly its own: made since
    the last update that succeeded, with the name, the place and the settings that it was to have. A token or webhook
    whose secret was lost is removed, and another one made. Removes a lock whose process has ended, and forgets an
    environment that was to be deleted and is gone. Runs `pulumi up`, after which a preview is empty.

    Shows first what it found and what it will do. At a terminal it asks; elsewhere it needs --yes.

    \b
    Exit codes:
      0  the stack is whole: it was recovered, or there was nothing to recover
      1  something is left for you to decide, and nothing was changed
      2  an error
    """  # noqa: D301 - click's mark for lines that stay as they are is the character itself
    the_stack = PulumiStack.of(stack, cwd)
    with tempfile.TemporaryDirectory() as folder:
        plan = _look(the_stack, Path(folder))
        if not plan.is_needed:
            click.echo("Nothing to recover: no update was interrupted.")
            return WELL
        click.echo("\n".join(map(visible, _as_text(plan))))
        if plan.undecided:
            click.echo("\nDecide what is UNDECIDED; nothing was changed.")
            return FOUND
        if not yes and not can_ask():
            click.echo("\nNothing was changed. To do it: dbtcloud-datafold recover --yes")
            return FOUND
        if not yes and not click.confirm("\nDo this?", err=True):
            click.echo("Nothing was changed.")
            return FOUND
        _do(the_stack, plan, Path(folder))
    click.echo("Recovered: dbt Cloud, the state and the program agree, and a preview is empty.")
    return WELL


def _look(stack: PulumiStack, folder: Path) -> Plan:
    """Find out what was interrupted and what it has left, without changing anything."""
    progress("reading what Pulumi has recorded")
    state = _recorded(stack)
    progress("previewing the stack, to see what it declares")
    output, imports = stack.preview(folder / "preview.json", {ADOPTION_VARIABLE: "1"})
    progress("looking in dbt Cloud for what was left")
    with connect(stack) as api:
        account = Account(api)
        left = leftovers.find(state, output["steps"], account)
        gone = [*_gone(output["steps"], account)]
    # Last: an update that was at work meanwhile has its lock still, or has recorded all that it made (see `_remove`).
    locks = stack_lock.find(stack, state.root)
    for lock in locks:
        _refuse_unless_ended(lock)
    taken_over = {leftover.declared.urn for leftover in left if leftover.fate is Fate.TAKEN_OVER}
    done = taken_over | {*gone}
    changes = [
        (step["op"], _name(step["urn"]))
        for step in output["steps"]
        if step["op"] in _STEPS
        and step["urn"] not in done
        and (step.get("newState") or step.get("oldState") or {}).get("custom")
    ]
    return Plan(locks, state, left, gone, changes, imports)


def _gone(steps: Sequence[Mapping[str, Any]], account: Account) -> Iterator[str]:
    """Yield the URN of each environment that is to be deleted and that dbt Cloud does not have any more.

    The provider cannot read such a one, so `pulumi refresh` and `pulumi up` would fail.
    """
    for step in steps:
        old = step.get("oldState") or {}
        if step["op"] == "delete" and KINDS.get(str(old.get("type"))) == "environment":
            environments = account.environments(int(old["outputs"]["projectId"]))
            numbers = {environment["id"] for environment in environments}
            if managed_number("environment", old) not in numbers:
                yield step["urn"]


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _recorded(stack: PulumiStack) -> Interrupted:
    try:
        return interrupted.read(stack)
    except CommandError:
        removed = state_folder.remove_torn_attributes(stack)
        if not removed:
            raise
    for path in removed:
        click.echo(f"removed {path}, which was not written whole and is not needed", err=True)
    return interrupted.read(stack)


def _refuse_unless_ended(lock: StackLock) -> None:
    """Go on only where the process of the lock has ended; of one elsewhere a person may know it.

    Raises:
        CommandError: It may be at work.
    """
    if lock.is_alive:
        message = f"the stack is locked by {lock}, which is at work: wait until it has ended"
        raise CommandError(message)
    if not lock.is_elsewhere:
        return
    question = f"The stack is locked by {lock}. Has it ended?"
    if not (can_ask() and click.confirm(question, err=True)):
        message = (
            f"the stack is locked by {lock}, on another machine. If it has ended: `pulumi cancel`, then "
            "`dbtcloud-datafold recover`"
        )
        raise CommandError(message)


def _as_text(plan: Plan) -> Iterator[str]:
    """Yield what was found and what is to be done, by lines."""
    rows = [
        (
            leftover.declared.name,
            leftover.fate.value,
            f"{_thing(leftover)} '{leftover.candidate.name}', {leftover.candidate.where}",
        )
        for leftover in plan.left
    ]
    rows += [
        (_name(resource["urn"]), Fate.UNDECIDED.value, str(resource["type"]))
        for resource in plan.state.foreign()
    ]
    yield "Left by the interrupted update:" if rows else "The interrupted update has left nothing."
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)] if rows else []
    reasons = [leftover.why for leftover in plan.left]
    reasons += [
        "look whether it was made, then run `pulumi refresh`, which asks for its id"
        for _ in plan.state.foreign()
    ]
    for row, reason in zip(rows, reasons, strict=True):
        yield f"  {row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}"
        if reason:
            yield f"      {reason}"
    if plan.undecided:
        return
    yield ""
    yield "To do:"
    for lock in plan.locks:
        yield f"  pulumi cancel: remove the lock of {lock}, which has ended"
    for urn in plan.gone:
        yield f"  pulumi state delete: forget {_name(urn)}, which dbt Cloud does not have any more"
    begun = len(plan.state.others)
    if taken := plan.with_fate(Fate.TAKEN_OVER):
        yield f"  pulumi import: take over {_listed(taken)}"
    if removed := plan.with_fate(Fate.REMOVED):
        yield f"  remove from dbt Cloud: {_listed(removed)}"
    yield "  pulumi refresh: read what dbt Cloud has" + (
        f", also of {begun} that were being changed or deleted" if begun else ""
    )
    yield "  pulumi up" + (":" if plan.changes else "")
    yield from (f"    {step} {name}" for step, name in plan.changes)


def _listed(left: Sequence[Leftover]) -> str:
    return ", ".join(map(_thing, left))


def _thing(left: Leftover) -> str:
    return f"{left.declared.kind.replace('_', ' ')} {left.candidate.number}"


def _do(stack: PulumiStack, plan: Plan, folder: Path) -> None:
    """Recover. Where this is killed too, a second run finds what is left to do."""
    if plan.locks:
        stack.ask("cancel", "--yes")
    for urn in plan.gone:
        stack.ask("state", "delete", urn, "--yes")
    if taken := plan.with_fate(Fate.TAKEN_OVER):
        progress(f"pulumi import: {_listed(taken)}")
        file = folder / "import.json"
        findings = [
            Finding(leftover.declared, Result.MATCH, [leftover.candidate]) for leftover in taken
        ]
        import_file.write(file, import_file.reduced(plan.imports, findings))
        options = ("--yes", "--skip-preview", "--generate-code=false", "--protect=false")
        stack.ask("import", "--file", str(file.resolve()), *options)
    if removed := plan.with_fate(Fate.REMOVED):
        _remove(stack, removed)
    progress("pulumi refresh")
    # Also forgets what was being created, which by now is in the state or removed.
    stack.ask("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    progress("pulumi up")
    stack.show("up", "--yes", "--skip-preview", "--suppress-outputs")
    progress("pulumi preview")
    stack.ask("preview", "--expect-no-changes")


def _remove(stack: PulumiStack, left: Sequence[Leftover]) -> None:
    """Remove what is left, unless an update has recorded it since."""
    ids = interrupted.read(stack).ids
    with connect(stack) as api:
        for leftover in left:
            kind, identity = leftover.declared.kind, leftover.candidate.import_id
            if identity not in ids[kind]:
                progress(f"removing {_thing(leftover)} from dbt Cloud")
                _DELETE[kind](api, leftover)
