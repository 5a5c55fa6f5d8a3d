"""What is looked at before a job is created or renamed, in preview and in up, so that no number is lost.

The engine calls these hooks before the provider does anything. A replacement is recognised by the stack's own
state: the resource that is to be created is there already.
"""

import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError, if_there
from pulumi_dbtcloud_datafold.account.connection import Connection
from pulumi_dbtcloud_datafold.engine import repository_events
from pulumi_dbtcloud_datafold.engine.run_context import (
    ask,
    is_mocked,
    note_declared,
    recorded,
    recorded_as,
    recorded_now,
    survey,
)
from pulumi_dbtcloud_datafold.settings.problems import Problem

RETRY_SECONDS = 1.0
"""The provider waits at least so long before it sends a create again (`retryIntervalSeconds`, default 10)."""

ADOPTION_VARIABLE = "DBTCLOUD_DATAFOLD_ADOPTION_PREVIEW"
"""Environment variable that `dbtcloud-datafold adopt` sets for its own preview, where jobs that exist already are
what is looked for. `pulumi up` takes no notice of it."""


class GuardError(Exception):
    """Creating this would lose a number or make a second thing of the same name; the message gives the ways out."""


class Guard:
    """Looks before a resource is created, in preview and in up; what it looks for is its `_before`."""

    _lineage: Sequence[pulumi.Resource | None] = ()

    def hooks(self, label: str) -> pulumi.ResourceHookBinding | None:
        """Return the hooks to declare the resource with; none under mocks, which have no engine to call them.

        Args:
            label: Names the resource's hooks; unique in the program.
        """
        if is_mocked():
            return None
        recorded_now()
        before = _in_preview_too(f"{label}: look before create", self._before)
        return pulumi.ResourceHookBinding(before_create=[before])

    def over(
        self,
        parent: pulumi.Resource | None,
        component: pulumi.Resource,
        declared: pulumi.CustomResource,
    ) -> None:
        """Take note of the resource that was declared with the hooks, and of its parents."""
        self._lineage = (parent, component, declared)
        note_declared(declared)

    async def _before(self, args: pulumi.ResourceHookArgs) -> None:
        raise NotImplementedError


def _in_preview_too(
    name: str, look: Callable[[pulumi.ResourceHookArgs], Awaitable[None]]
) -> pulumi.ResourceHook:
    return pulumi.ResourceHook(name, look, pulumi.ResourceHookOptions(on_dry_run=True))


@dataclass
class JobGuard(Guard):
    """What watches over one job.

    Attributes:
        connection: Where to look; None if the account is not known.
        blind_because: Why it is not known.
        datafold_has_number: A replacement is refused, because Datafold would no longer find the job.
        allow_replacement_of: The number that may be given up all the same.
    """

    connection: Connection | None
    blind_because: Sequence[Problem]
    datafold_has_number: bool
    allow_replacement_of: int | None
    _started: float = 0

    def hooks(self, label: str) -> pulumi.ResourceHookBinding | None:
        """Add what is looked at after a create and before an update."""
        hooks = super().hooks(label)
        if hooks:
            hooks.after_create = [pulumi.ResourceHook(f"{label}: look after create", self._after)]
            update = _in_preview_too(f"{label}: look before update", self._before_update)
            hooks.before_update = [update]
        return hooks

    async def _before(self, args: pulumi.ResourceHookArgs) -> None:
        inputs = args.new_inputs or {}
        old = await recorded_as(args.urn, self._lineage) or {}
        replaced = whole_number(old.get("jobId"))
        if self.datafold_has_number and replaced and replaced != self.allow_replacement_of:
            await _refuse_replacement(self.connection, replaced, old, inputs)
        if self.connection and _is_ci(inputs):
            await _refuse_pull_requests_in_production(self.connection, inputs)
        if self.connection and not replaced:
            await repository_events.warn(self.connection, inputs)
        if self.connection is None:
            await survey().once("blind", self._warn_of_blindness)
        elif not is_adoption_preview():
            await _refuse_second_job(self.connection, args.urn, inputs, except_for=replaced)
        self._started = time.monotonic()

    async def _before_update(self, args: pulumi.ResourceHookArgs) -> None:
        old, inputs = args.old_outputs or {}, args.new_inputs or {}
        place = [
            (each.get("name"), whole_number(each.get("environmentId"))) for each in (old, inputs)
        ]
        if self.connection and place[0] != place[1] and not is_adoption_preview():
            await _refuse_taken_name(self.connection, inputs)

    async def _after(self, args: pulumi.ResourceHookArgs) -> None:
        if self.connection and time.monotonic() - self._started >= RETRY_SECONDS:
            await _report_repeated_create(self.connection, args.new_outputs or {})

    async def _warn_of_blindness(self) -> None:
        reasons = "; ".join(f"{problem.path}: {problem.problem}" for problem in self.blind_because)
        pulumi.log.warn(
            f"cannot look whether jobs exist already ({reasons}). Give the components a connection, or the stack its "
            "dbtcloud: configuration"
        )


def is_adoption_preview() -> bool:
    """Tell whether `dbtcloud-datafold adopt` is previewing."""
    return bool(os.environ.get(ADOPTION_VARIABLE)) and pulumi.runtime.is_dry_run()


async def _jobs(connection: Connection, environment_id: int) -> list[dict[str, Any]]:
    return await ask(connection, lambda api: api.jobs(environment_id=environment_id)) or []


async def _listed(connection: Connection, environment_id: int) -> list[dict[str, Any]]:
    """Return what the environment had when it was first asked for, which one call finds out for all its jobs."""
    question = (connection.access_url, connection.account_id, environment_id)
    return await survey().once(question, lambda: _jobs(connection, environment_id))


async def _refuse_second_job(
    connection: Connection, urn: str, inputs: Mapping[str, Any], *, except_for: int | None
) -> None:
    name, environment_id = inputs.get("name"), whole_number(inputs.get("environmentId"))
    if not isinstance(name, str) or environment_id is None:
        return  # Not known in this preview: the environment is itself still to be created.
    claim = (connection.access_url, connection.account_id, environment_id, name)
    if survey().claimed.setdefault(claim, urn) != urn:
        message = (
            f"this program makes two jobs called '{name}' in environment {environment_id}: give one of them "
            "another name"
        )
        raise GuardError(message)
    jobs = await _listed(connection, environment_id)
    numbers = [job["id"] for job in jobs if job["name"] == name and job["id"] != except_for]
    if not numbers:
        return
    state = await recorded()
    owners = [urn for urn, old in state.items() if whole_number(old.get("jobId")) in numbers]
    told = ", ".join(map(str, numbers))
    if owners:
        old_name = _written_name(owners[0])
        message = (
            f"job {told} is called '{name}' in environment {environment_id} already, and belongs to this stack under "
            f"another Pulumi name ({owners[0].rpartition('::')[2]}): a block or component was renamed or moved. Keep "
            f"its number by telling Pulumi the old name: previous_names: [{old_name}] in the project's block of the "
            f"stack file; in a program of your own, opts=ResourceOptions(aliases=[Alias(name='{old_name}')]) on the "
            "component. If that is there already, an update that failed has left the new name in the stack: put the "
            "old name back, bring that up, then rename once more. If it is another job, which this update renames or "
            "removes, bring that up first, or give this one another name"
        )
    elif len(numbers) > 1:
        message = (
            f"jobs {told} are all called '{name}' in environment {environment_id}. Perhaps a create was repeated "
            "after its answer was lost. Keep one of them: delete the others in dbt Cloud, then adopt it as for one job "
            "(dbtcloud-datafold adopt --help)"
        )
    else:
        message = (
            f"job {told} is called '{name}' in environment {environment_id} already. To adopt it with its number, run "
            f"`dbtcloud-datafold adopt`, or set adopt_job_id: {told} on this job; to have a second job, give this one "
            "another name"
        )
    raise GuardError(message)


async def _refuse_pull_requests_in_production(
    connection: Connection, inputs: Mapping[str, Any]
) -> None:
    """Refuse a CI job in an environment of deployment type production."""
    environment_id = whole_number(inputs.get("environmentId"))
    if environment_id is None:
        return
    # If it is not there, dbt Cloud will say so.
    environment = await ask(
        connection, lambda api: if_there(lambda: api.environment(environment_id))
    )
    if environment and environment["deployment_type"] == "production":
        message = (
            f"environment {environment_id} '{environment['name']}' has the deployment type production, so pull "
            "requests would be built into production: give the pull-request job another deployment environment"
        )
        raise GuardError(message)


def _written_name(urn: str) -> str:
    """Return the name, of a block or a component, from which that of a job was made."""
    _, types, name = urn.rsplit("::", 2)
    role = "-(production|pull-request|merge|artifacts)" if "DatafoldIntegration$" in types else ""
    return re.sub(f"{role}-job$", "", name)


async def _refuse_taken_name(connection: Connection, inputs: Mapping[str, Any]) -> None:
    """Refuse to give a job of the stack, or to take along, a name that a job outside the stack has there.

    Those of the stack are left alone: they may be about to change their names too.
    """
    name, environment_id = inputs.get("name"), whole_number(inputs.get("environmentId"))
    if not isinstance(name, str) or environment_id is None:
        return
    numbers = [
        job["id"] for job in await _listed(connection, environment_id) if job["name"] == name
    ]
    in_state = {whole_number(outputs.get("jobId")) for outputs in (await recorded()).values()}
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
        for job in await _jobs(connection, environment_id)
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
    connection: Connection | None, number: int, old: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    if connection and not await _exists(connection, number, old):
        pulumi.log.warn(
            f"job {number} '{old.get('name')}' is gone from dbt Cloud and is made again with another number: choose "
            "the new one in Datafold"
        )
        return
    message = (
        f"this change would replace job {number} '{old.get('name')}' by a job with another number, and Datafold "
        f"would no longer find it: {_forcing_field(old, new)}. Ways out: undo the change; or declare a job beside "
        "this one, choose it in Datafold, and remove this one later; or, to replace it now, set "
        f"allow_replacement_of: {number} on this job (it allows just this one; where the stack protects its jobs, "
        "bring it up with protect: false first) and choose the new number in Datafold afterwards"
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
    is_new = datetime.fromisoformat(job["created_at"]) >= survey().began
    keys = {"name": "name", "project_id": "projectId", "environment_id": "environmentId"}
    return not is_new or all(job[theirs] == old.get(ours) for theirs, ours in keys.items())


def _forcing_field(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Name what dbt Cloud cannot change in place. Source: `replaces` in the provider's recorded Diff answers."""
    reasons = []
    if (was := whole_number(old.get("projectId"))) != (now := whole_number(new.get("projectId"))):
        reasons.append(f"project_id changes from {was} to {now or 'one not known yet'}")
    if _is_ci(old) != _is_ci(new):
        kinds = {True: "a CI job", False: "a job that is no CI job"}
        reasons.append(f"triggers turn {kinds[_is_ci(old)]} into {kinds[_is_ci(new)]}")
    return " and ".join(reasons) or "it was asked for (--replace, taint), or its provider changes"


def _is_ci(job: Mapping[str, Any]) -> bool:
    triggers = job.get("triggers") or {}
    return bool(triggers.get("githubWebhook") or triggers.get("gitProviderWebhook"))


def whole_number(value: object) -> int | None:
    """Return a whole number from the wire, where numbers are floats; None if it is not known."""
    return int(value) if isinstance(value, int | float) else None
