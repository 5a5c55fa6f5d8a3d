"""What is looked at before a job is created or renamed, in preview and in up, so that no number is lost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.account.connection import Connection, Unknown
from pulumi_dbtcloud_datafold.engine.account_contents import Place, environment, jobs_now, jobs_of
from pulumi_dbtcloud_datafold.engine.account_questions import ask
from pulumi_dbtcloud_datafold.engine.guard import (
    STACK_PROGRAM,
    Guard,
    GuardError,
    guarded_resources,
    is_adoption_preview,
    whole_number,
)
from pulumi_dbtcloud_datafold.engine.run_context import run_context
from pulumi_dbtcloud_datafold.engine.stack_state import stack_outputs
from pulumi_dbtcloud_datafold.jobs import repository_events


class _ClaimedNames:
    """Which resource of the program, by its URN, makes the job of a name in an environment."""

    def __init__(self) -> None:
        self.urns: dict[tuple[Place, str], str] = {}


class _Blindness:
    """Whether the run has warned that no account is known."""

    is_reported = False


@dataclass(kw_only=True)
class JobGuard(Guard):
    """The checks of one job.

    Attributes:
        connection: Where to look.
        datafold_has_number: A replacement is refused, because Datafold would no longer find the job.
        allow_replacement_of: The number that may be given up all the same.
    """

    connection: Connection | Unknown
    datafold_has_number: bool
    allow_replacement_of: int | None

    async def before_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse to lose a number, to make a second job, and to build pull requests in production."""
        await super().before_create(args)
        inputs = args.new_inputs or {}
        old = await self.old_outputs(args) or {}
        connection = self.connection if isinstance(self.connection, Connection) else None
        replaced = whole_number(old.get("jobId"))
        unprotected = self.ways_to_unprotect(args.urn)
        if self.datafold_has_number and replaced and replaced != self.allow_replacement_of:
            await _refuse_replacement(connection, replaced, old, inputs, unprotected)
        elif replaced and unprotected:
            pulumi.log.warn(
                f"job {replaced} '{old.get('name')}' is protected, so Pulumi refuses to replace it: set {unprotected}",
                self.parents[-1],
            )
        if isinstance(self.connection, Unknown):
            _warn_of_blindness(self.connection)
        else:
            if is_ci(inputs):
                await _refuse_pull_requests_in_production(self.connection, inputs)
            if not is_adoption_preview():
                await _refuse_second_job(self.connection, args.urn, inputs, except_for=replaced)
            if not replaced:
                await repository_events.warn(self.connection, inputs)

    async def before_update(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse to give the job a name that a job outside the stack has in its environment."""
        old, inputs = args.old_outputs or {}, args.new_inputs or {}
        if isinstance(self.connection, Unknown) or is_adoption_preview():
            return
        if _name_and_environment(old) != _name_and_environment(inputs):
            await _refuse_taken_name(self.connection, inputs)

    async def after_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Report a second job."""
        if isinstance(self.connection, Connection):
            await _report_repeated_create(self.connection, args.new_outputs or {})


def is_ci(job: Mapping[str, Any]) -> bool:
    """Tell whether a job, in the provider's words, is started by pull requests."""
    triggers = job.get("triggers") or {}
    return bool(triggers.get("githubWebhook") or triggers.get("gitProviderWebhook"))


def _warn_of_blindness(unknown: Unknown) -> None:
    """Warn, once a run, that nothing can be looked for."""
    blindness = run_context().part(_Blindness)
    if blindness.is_reported:
        return
    blindness.is_reported = True
    reasons = "; ".join(f"{problem.path}: {problem.problem}" for problem in unknown.problems)
    pulumi.log.warn(
        f"cannot look whether jobs exist already ({reasons}). Give the components a connection, or the stack its "
        "dbtcloud: configuration"
    )


def _name_and_environment(job: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """Return where a job, in the provider's words, must be the only one of its name; None for what is not known yet."""
    name = job.get("name")
    return (name if isinstance(name, str) else None), whole_number(job.get("environmentId"))


async def _refuse_second_job(
    connection: Connection, urn: str, inputs: Mapping[str, Any], *, except_for: int | None
) -> None:
    name, environment_id = _name_and_environment(inputs)
    if name is None or environment_id is None:
        return  # Not known in this preview: the environment is itself still to be created.
    claim = (Place(connection.address, environment_id), name)
    if run_context().part(_ClaimedNames).urns.setdefault(claim, urn) != urn:
        message = (
            f"this program makes two jobs called '{name}' in environment {environment_id}: give one of them "
            "another name"
        )
        raise GuardError(message)
    jobs = await jobs_of(connection, environment_id)
    numbers = [job["id"] for job in jobs if job["name"] == name and job["id"] != except_for]
    if not numbers:
        return
    for owner, old in stack_outputs().items():
        if (number := whole_number(old.get("jobId"))) in numbers:
            raise GuardError(_own_job(name, environment_id, number, urn, owner))
    raise GuardError(_second_job(name, environment_id, numbers))


def _own_job(name: str, environment_id: int, number: int | None, urn: str, owner: str) -> str:
    """Return the refusal of a job whose name another job of the stack has; `owner` is that one's URN in the state."""
    resource = owner.rpartition("::")[2]
    taken = f"job {number} is called '{name}' in environment {environment_id} already. It belongs to this stack "
    declared = {guarded.pulumi_resource_name for guarded in guarded_resources()}
    if resource in declared - {urn.rpartition("::")[2]}:
        return f"{taken}as '{resource}', which is still declared: bring its change up first, or rename this job"
    old_name = _configured_name(owner)
    if owner.split("::")[1] == STACK_PROGRAM:
        way = f"previous_names: [{old_name}] in the project's block"
    else:
        way = f"opts=ResourceOptions(aliases=[Alias(name='{old_name}')]) on the component"
    return (
        f"{taken}under another Pulumi name ({resource}). If it was renamed or moved, keep its number with {way}. If "
        "that is there already, put the old name back, bring that up, then rename once more"
    )


def _second_job(name: str, environment_id: int, numbers: list[int]) -> str:
    """Return the refusal of a job whose name jobs outside the stack have."""
    listed = ", ".join(map(str, numbers))
    if len(numbers) > 1:
        return (
            f"jobs {listed} are all called '{name}' in environment {environment_id}. Perhaps a create was repeated "
            "after its answer was lost. Keep one of them: delete the others in dbt Cloud, then adopt it as for one job "
            "(dbtcloud-datafold adopt --help)"
        )
    return (
        f"job {listed} is called '{name}' in environment {environment_id} already. If an interrupted `pulumi up` has "
        "left it, run `dbtcloud-datafold recover`. To adopt it with its number, run `dbtcloud-datafold adopt`, or set "
        f"adopt_job_id: {listed} on this job; to have a second job, give this one another name"
    )


async def _refuse_pull_requests_in_production(
    connection: Connection, inputs: Mapping[str, Any]
) -> None:
    """Refuse a CI job in an environment of deployment type production."""
    environment_id = whole_number(inputs.get("environmentId"))
    if environment_id is None:
        return
    # If it is not there, dbt Cloud will say so.
    found = await environment(connection, environment_id)
    if found and found["deployment_type"] == "production":
        message = (
            f"environment {environment_id} '{found['name']}' has the deployment type production, so pull "
            "requests would be built into production: give the pull-request job another deployment environment"
        )
        raise GuardError(message)


def _configured_name(urn: str) -> str:
    """Return the name, of a block or a component, from which that of a job was made."""
    _, types, name = urn.rsplit("::", 2)
    role = "-(production|pull-request|merge|artifacts)" if "DatafoldIntegration$" in types else ""
    return re.sub(f"{role}-job$", "", name)


async def _refuse_taken_name(connection: Connection, inputs: Mapping[str, Any]) -> None:
    """Refuse to give a job of the stack, or to take along, a name that a job outside the stack has there.

    Those of the stack are left alone: they may be about to change their names too.
    """
    name, environment_id = _name_and_environment(inputs)
    if name is None or environment_id is None:
        return
    numbers = [
        job["id"] for job in await jobs_of(connection, environment_id) if job["name"] == name
    ]
    in_state = {whole_number(outputs.get("jobId")) for outputs in stack_outputs().values()}
    if others := [str(number) for number in numbers if number not in in_state]:
        message = (
            f"job {', '.join(others)} is called '{name}' in environment {environment_id} already, and does not belong "
            "to this stack: give this one another name or environment, or rename or delete the other in dbt Cloud"
        )
        raise GuardError(message)


async def _report_repeated_create(connection: Connection, outputs: Mapping[str, Any]) -> None:
    """Fail if the create that took so long has left a second job behind."""
    job_id, environment_id = (
        whole_number(outputs.get("jobId")),
        whole_number(outputs.get("environmentId")),
    )
    if job_id is None or environment_id is None:
        return
    others = {
        str(job["id"]): connection.access_url.job(
            connection.account_id, job["project_id"], job["id"]
        )
        for job in await jobs_now(connection, environment_id)
        if job["name"] == outputs.get("name") and job["id"] != job_id
    }
    if others:
        message = (
            f"dbt Cloud has stored '{outputs.get('name')}' more than once: this stack has job {job_id}; "
            f"{', '.join(others)} is left over from an attempt whose answer was lost. Delete {', '.join(others)} in "
            f"dbt Cloud ({', '.join(others.values())}); it would run beside this one"
        )
        raise GuardError(message)


async def _refuse_replacement(
    connection: Connection | None,
    number: int,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    unprotected: str,
) -> None:
    if connection and not await _exists(connection, number, old):
        pulumi.log.warn(
            f"job {number} '{old.get('name')}' is gone from dbt Cloud and is made again with another number: choose "
            "the new one in Datafold"
        )
        return
    if unprotected:
        unprotected = f", and {unprotected}"
    message = (
        f"this change would replace job {number} '{old.get('name')}' by one with another number, and Datafold would no "
        f"longer find it: {_forcing_field(old, new)}. Undo it; or declare a second job, choose it in Datafold, and "
        f"remove this one later; or set allow_replacement_of: {number} on this job{unprotected}"
    )
    raise GuardError(message)


async def _exists(connection: Connection, job_id: int, old: Mapping[str, Any]) -> bool:
    """Return whether the job that the state remembers as `old` is still there.

    An account whose data were lost, as a local dbt Cloud's can be, counts its numbers anew: the number may be that of
    another job by now, one that this very update has made.
    """
    try:
        job = await ask(connection, lambda api: api.job(job_id))
    except DbtCloudError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return False
        raise
    if job is None:
        return True
    is_new = datetime.fromisoformat(job["created_at"]) >= run_context().began
    keys = {"name": "name", "project_id": "projectId", "environment_id": "environmentId"}
    return not is_new or all(job[theirs] == old.get(ours) for theirs, ours in keys.items())


def _forcing_field(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Name what dbt Cloud cannot change in place. Source: `replaces` in the provider's recorded Diff answers."""
    reasons = []
    if (was := whole_number(old.get("projectId"))) != (now := whole_number(new.get("projectId"))):
        reasons.append(f"project_id changes from {was} to {now or 'one not known yet'}")
    if is_ci(old) != is_ci(new):
        kinds = {True: "a CI job", False: "a job that is no CI job"}
        reasons.append(f"triggers turn {kinds[is_ci(old)]} into {kinds[is_ci(new)]}")
    return " and ".join(reasons) or "it was asked for (--replace, taint), or its provider changes"
