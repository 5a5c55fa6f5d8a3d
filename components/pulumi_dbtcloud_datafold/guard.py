"""What is looked at before a job is created, in preview and in up, so that no number is lost.

The engine calls these hooks before the provider does anything. A replacement is recognised by the stack's own
state: the resource that is to be created is there already.
"""

import asyncio
import os
import time
import weakref
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.mocks import MockMonitor

from pulumi_dbtcloud_datafold.connection import Connection
from pulumi_dbtcloud_datafold.dbt_cloud_api import DbtCloudApi

RETRY_SECONDS = 1.0
"""The provider waits at least so long before it sends a create again (`retryIntervalSeconds`, default 10)."""

ADOPTION_VARIABLE = "DBTCLOUD_DATAFOLD_ADOPTION_PREVIEW"
"""Environment variable that `dbtcloud-datafold adopt` sets for its own preview, where jobs that exist already are
what is looked for. `pulumi up` takes no notice of it."""

STATE_ATTEMPTS = 10
STATE_SECONDS = 0.2

T = TypeVar("T")


class GuardError(Exception):
    """Creating this would lose a number or make a second thing of the same name; the message gives the ways out."""


@dataclass
class Survey:
    """What one run of the program has found out; each question is asked once."""

    asked: dict[object, asyncio.Task[Any]] = field(default_factory=dict)

    async def once(self, question: object, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the answer, which the first one to ask waits for."""
        if question not in self.asked:
            self.asked[question] = asyncio.create_task(ask())
        answer: T = await self.asked[question]
        return answer


_surveys: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Survey]" = (
    weakref.WeakKeyDictionary()
)


def survey() -> Survey:
    """Return the survey of the running program: preview and up of one process are two programs, each with its loop."""
    return _surveys.setdefault(asyncio.get_running_loop(), Survey())


def job_hooks(
    name: str,
    connection: Connection,
    *,
    datafold_has_number: bool,
    allow_replacement_of: int | None,
) -> pulumi.ResourceHookBinding | None:
    """Return the hooks of a job; none under mocks, which have no engine to call them.

    Args:
        name: Pulumi name of the job.
        connection: Where to look.
        datafold_has_number: A replacement is refused, because Datafold would no longer find the job.
        allow_replacement_of: The number that may be given up all the same.
    """
    if is_mocked():
        return None
    started: dict[str, float] = {}

    async def before(args: pulumi.ResourceHookArgs) -> None:
        inputs = args.new_inputs or {}
        old = (await recorded()).get(args.urn)
        replaced = _number(old.get("jobId")) if old else None
        if datafold_has_number and old and replaced not in (None, allow_replacement_of):
            raise GuardError(_replacement_refused(old, inputs))
        if not _is_adoption_preview():
            await _refuse_second_job(connection, inputs, except_for=replaced)
        started[args.urn] = time.monotonic()

    async def after(args: pulumi.ResourceHookArgs) -> None:
        if time.monotonic() - started[args.urn] >= RETRY_SECONDS:
            await _report_repeated_create(connection, args.new_outputs or {})

    options = pulumi.ResourceHookOptions(on_dry_run=True)
    return pulumi.ResourceHookBinding(
        before_create=[pulumi.ResourceHook(f"{name}: look before create", before, options)],
        after_create=[pulumi.ResourceHook(f"{name}: look after create", after)],
    )


def is_mocked() -> bool:
    """Tell whether there is no engine that could call a hook."""
    return isinstance(pulumi.runtime.settings.get_monitor(), MockMonitor)


def _is_adoption_preview() -> bool:
    return bool(os.environ.get(ADOPTION_VARIABLE)) and pulumi.runtime.is_dry_run()


async def recorded() -> Mapping[str, Mapping[str, Any]]:
    """Return the outputs of every resource in the stack's state, by URN."""

    async def read() -> dict[str, Mapping[str, Any]]:
        for attempt in range(1, STATE_ATTEMPTS + 1):
            try:
                found = await pulumi.runtime.invoke_async(*read_state())
            except Exception as error:
                if attempt == STATE_ATTEMPTS or not is_being_written(error):
                    raise
                await asyncio.sleep(STATE_SECONDS)
            else:
                return outputs_by_urn(found)
        raise AssertionError  # The last attempt has returned or raised.

    return await survey().once("state", read)


def read_state() -> tuple[str, dict[str, str]]:
    """Return the call of the engine that reads the stack's state."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    return "pulumi:pulumi:readStackResourceOutputs", {"stackName": stack}


def outputs_by_urn(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what that call has found: each resource's outputs."""
    return {urn: entry.get("outputs", {}) for urn, entry in found["outputs"].items()}


def is_being_written(error: Exception) -> bool:
    """Tell whether the state was read while the engine wrote it: a file backend does not write it in one go."""
    return "failed to load checkpoint" in str(error)


async def _jobs(connection: Connection, environment_id: int) -> list[dict[str, Any]]:
    """List an environment's jobs."""
    token = await connection.token.future()
    if not token:
        return []  # A token that is itself still to be created.

    def read() -> list[dict[str, Any]]:
        with DbtCloudApi(connection.access_url, connection.account_id, token) as api:
            return api.jobs(environment_id=environment_id)

    return await asyncio.to_thread(read)


async def _refuse_second_job(
    connection: Connection, inputs: Mapping[str, Any], *, except_for: int | None
) -> None:
    name, environment_id = inputs.get("name"), _number(inputs.get("environmentId"))
    if not isinstance(name, str) or environment_id is None:
        return  # Not known in this preview: the environment is itself still to be created.
    question = (connection.access_url, connection.account_id, environment_id)
    jobs = await survey().once(question, lambda: _jobs(connection, environment_id))
    numbers = [job["id"] for job in jobs if job["name"] == name and job["id"] != except_for]
    if not numbers:
        return
    in_state = {_number(outputs.get("jobId")) for outputs in (await recorded()).values()}
    told = ", ".join(map(str, numbers))
    if in_state.intersection(numbers):
        message = (
            f"job {told} is called '{name}' in environment {environment_id} already, and belongs to this stack under "
            "another Pulumi name: the component was renamed or moved. Keep its number by telling Pulumi: "
            "opts=ResourceOptions(aliases=[Alias(name='<old name>')]), or previous_names: [<old name>] in the "
            "project's block"
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
            "`dbtcloud-datafold adopt`; to have a second job, give this one another name"
        )
    raise GuardError(message)


async def _report_repeated_create(connection: Connection, outputs: Mapping[str, Any]) -> None:
    """Fail if the create that took so long has left a second job behind."""
    job_id, environment_id = _number(outputs.get("jobId")), _number(outputs.get("environmentId"))
    if job_id is None or environment_id is None:
        return
    others = [
        str(job["id"])
        for job in await _jobs(connection, environment_id)
        if job["name"] == outputs.get("name") and job["id"] != job_id
    ]
    if others:
        message = (
            f"dbt Cloud has stored '{outputs.get('name')}' more than once: this stack has job {job_id}; "
            f"{', '.join(others)} is left over from an attempt whose answer was lost. Delete {', '.join(others)} in "
            "dbt Cloud; it would run beside this one"
        )
        raise GuardError(message)


def _replacement_refused(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    number = _number(old.get("jobId"))
    return (
        f"this change would replace job {number} '{old.get('name')}' by a job with another number, and Datafold "
        f"would no longer find it: {_forcing_field(old, new)}. Ways out: undo the change; or declare a job beside "
        "this one, choose it in Datafold, and remove this one later; or, to replace it now, set "
        f"allow_replacement_of: {number} on this job (it allows just this one) and choose the new number in Datafold "
        "afterwards"
    )


def _forcing_field(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Name what dbt Cloud cannot change in place. Source: `replaces` in the provider's recorded Diff answers."""
    reasons = []
    if (was := _number(old.get("projectId"))) != (now := _number(new.get("projectId"))):
        reasons.append(f"project_id changes from {was} to {now or 'one not known yet'}")
    if _is_ci(old) != _is_ci(new):
        kinds = {True: "a CI job", False: "a job that is no CI job"}
        reasons.append(f"triggers turn {kinds[_is_ci(old)]} into {kinds[_is_ci(new)]}")
    return " and ".join(reasons) or "its type or provider changes"


def _is_ci(job: Mapping[str, Any]) -> bool:
    triggers = job.get("triggers") or {}
    return bool(triggers.get("githubWebhook") or triggers.get("gitProviderWebhook"))


def _number(value: object) -> int | None:
    """Return a whole number from the wire, where numbers are floats; None if it is not known."""
    return int(value) if isinstance(value, int | float) else None
