"""`dbtcloud.Job`.

What is checked, planned and sent follows recordings of the official provider. The rules that no
recording shows (ranges, deferral conflicts, changes of `jobType`) follow its source:
https://github.com/dbt-labs/terraform-provider-dbtcloud, pkg/framework/objects/job.
"""

import re
from collections.abc import Mapping
from typing import ClassVar

from toolchain.fake_provider import job_payload, sdk
from toolchain.fake_provider.api import STATE_ACTIVE, STATE_DELETED, Api, Document
from toolchain.fake_provider.failure import NotFoundError, PlanError, ProviderError, doing
from toolchain.fake_provider.resource import (
    MISSING_ID,
    Found,
    Problem,
    Resource,
    Rule,
    number_of,
    one_of,
)
from toolchain.fake_provider.values import UNKNOWN, Properties

_SCHEDULE_TYPES = ("every_day", "days_of_week", "custom_cron", "interval_cron")

_INTERVAL_HOURS = range(1, 24)

_DBT_FLAGS = ("--warn-error", "--use-experimental-parser", "--no-partial-parse", "--fail-fast")

_DBT_COMMANDS = (
    *("run", "test", "archive", "snapshot", "seed", "source", "compile", "ls", "list"),
    *(r"docs\s+generate", "parse", "build", "clone", "debug", "retry", "compare", "sl"),
)

_DBT_COMMAND = re.compile(
    rf"^\s*dbt\s+(({'|'.join(_DBT_FLAGS)})\s+)*({'|'.join(_DBT_COMMANDS)})\s*.*$"
)

_FIXED_TYPES = ("ci", "adaptive")
"""Job types that a job has from the start or never."""

_DERIVED_TYPES = ("scheduled", "other")
"""Job types that the service derives from the schedule, whatever was asked for."""


class Job(Resource):
    """A dbt Cloud job."""

    shape = sdk.resource("Job")
    required = frozenset({"name"})
    excluded: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "schedule_interval": ("schedule_hours", "schedule_cron"),
        "schedule_hours": ("schedule_interval", "schedule_cron"),
        "schedule_cron": ("schedule_interval", "schedule_hours"),
        "deferring_job_id": ("self_deferring", "deferring_environment_id"),
        "deferring_environment_id": ("self_deferring", "deferring_job_id"),
        "self_deferring": ("deferring_job_id",),
    }
    missing_warning = "The job was not found and has been removed from the state."
    rules: ClassVar[Mapping[str, Rule]] = {
        **{
            name: Rule(computed=True)
            for name in ("forceNodeSelection", "id", "jobId", "selfDeferring")
        },
        **{
            name: Rule(default=False)
            for name in (
                *("generateDocs", "runCompareChanges", "runGenerateSources", "runLint"),
                *("triggersOnDraftPr", "validateExecuteSteps"),
            )
        },
        **{name: Rule(default=True) for name in ("errorsOnLintFailure", "isActive")},
        **{name: Rule(default=1) for name in ("numThreads", "scheduleInterval")},
        "compareChangesFlags": Rule(default="--select state:modified"),
        "costOptimizationFeatures": Rule(computed=True, volatile=True, unordered=True),
        "description": Rule(default=""),
        "jobCompletionTriggerConditions": Rule(default=[], unordered=True),
        "jobType": Rule(computed=True, volatile=True),
        "projectId": Rule(replaces=True),
        "scheduleType": Rule(default="every_day"),
        "targetName": Rule(default="default"),
        "timeoutSeconds": Rule(default=0),
        "triggers": Rule(inner_defaults=dict.fromkeys(job_payload.TRIGGERS, False)),
    }

    def problems(self, inputs: Properties) -> list[Problem]:
        """Values out of range."""
        found = one_of(
            inputs.get("scheduleType"),
            _SCHEDULE_TYPES,
            attribute="schedule_type",
            path="scheduleType",
        )
        interval = inputs.get("scheduleInterval")
        if isinstance(interval, int) and interval not in _INTERVAL_HOURS:
            reason = (
                "Invalid Attribute Value. Attribute schedule_interval value must be between "
                f"{_INTERVAL_HOURS[0]} and {_INTERVAL_HOURS[-1]}, got: {interval}"
            )
            found.append(Problem(reason=reason, path="scheduleInterval"))
        for name in ("executeSteps", "scheduleHours", "scheduleDays"):
            if inputs.get(name) == []:
                reason = (
                    f"Invalid Attribute Value. Attribute {self.shape.inputs[name].snake} list must "
                    "contain at least 1 elements, got: 0"
                )
                found.append(Problem(reason=reason, path=name))
        return found

    def adjust(self, state: Properties | None, planned: Properties) -> set[str]:
        """Refuse unknown dbt commands; a job becomes or stops being a CI job as a new one only."""
        if planned.get("validateExecuteSteps") is True:
            _validate_steps(planned.get("executeSteps"))
        if state is None:
            return set()
        replaces = set()
        before, after = state.get("triggers"), planned.get("triggers")
        if (
            isinstance(before, dict)
            and isinstance(after, dict)
            and _runs_for_pull_requests(before) != _runs_for_pull_requests(after)
        ):
            replaces.add("triggers")
        was, becomes = state.get("jobType"), planned.get("jobType")
        if was and becomes not in (None, UNKNOWN, was) and {was, becomes} & set(_FIXED_TYPES):
            replaces.add("jobType")
        return replaces

    def create(self, api: Api, planned: Properties) -> Found:
        """POST the job; one that defers to itself is then sent again with its own number."""
        body = job_payload.created(planned, api.account_id)
        with doing("Error creating job", "Could not create job, unexpected error"):
            job = api.post("v2", "jobs/", body)
            if planned.get("selfDeferring") is True and job.get("id"):
                body |= {"id": job["id"], "deferring_job_definition_id": job["id"]}
                job = api.post("v2", f"jobs/{job['id']}/", body)
        if not job.get("id"):
            message = (
                "Error creating job: Job creation returned a response without a job ID. This may "
                "indicate a permissions issue or an API problem."
            )
            raise ProviderError(message)
        state = self._applied(planned, job)
        state |= {"id": str(job["id"]), "jobId": job["id"]}
        return Found(id=MISSING_ID, state=state)

    def read(self, api: Api, resource_id: str, state: Properties) -> Found | None:
        """GET the job."""
        refusal = (
            'Error Parsing Job ID: Could not parse job_id from import ID "{}": give the job\'s '
            "number, as in its address"
        )
        number = number_of(resource_id, state, refusal)
        with doing("Error getting the job"):
            job = api.get("v2", f"jobs/{number}/")
        return Found(id=MISSING_ID, state=_read(job, state))

    def update(self, api: Api, state: Properties, planned: Properties) -> Properties:
        """GET the job, and POST it with what was planned."""
        number = state["id"]
        with doing("Error retrieving job", f"Could not retrieve job with ID {number}"):
            job = api.get("v2", f"jobs/{number}/")
        _refuse_type_change(job.get("job_type"), planned.get("jobType"))
        try:
            job = api.post("v2", f"jobs/{number}/", job_payload.updated(job, planned))
        except ProviderError as error:
            raise ProviderError(_update_failed(number, state, planned, error)) from error
        after = self._applied(planned, job)
        if job.get("deferring_environment_id") is not None:
            after["deferringEnvironmentId"] = job["deferring_environment_id"]
        return after

    def delete(self, api: Api, state: Properties) -> None:
        """GET the job, and POST it as deleted; one that is gone already is no error."""
        number = state["id"]
        try:
            with doing("Client Error: Unable to retrieve job before deletion"):
                job = api.get("v2", f"jobs/{number}/")
        except NotFoundError:
            return
        with doing("Client Error: Unable to delete job"):
            api.send(
                "v2", f"jobs/{number}/", {**job_payload.unchanged(job), "state": STATE_DELETED}
            )

    def _applied(self, planned: Properties, job: Document) -> Properties:
        """The properties after a write: the plan, with what only the service could say."""
        state = dict(planned)
        timeout_seconds = (job.get("execution") or {}).get("timeout_seconds", 0)
        if "execution" in planned:
            state["execution"] = {"timeoutSeconds": timeout_seconds}
        else:
            state["timeoutSeconds"] = timeout_seconds
        state["jobType"] = _job_type(planned.get("jobType"), job)
        state["selfDeferring"] = job.get("deferring_job_definition_id") == job.get("id")
        if job.get("job_type") in ("ci", "merge"):
            if state.get("forceNodeSelection") is UNKNOWN:
                del state["forceNodeSelection"]
            if state.get("costOptimizationFeatures") is UNKNOWN:
                state["costOptimizationFeatures"] = []
        else:
            state["forceNodeSelection"] = job.get("force_node_selection")
            state["costOptimizationFeatures"] = _features(job)
        return state


def _read(job: Document, state: Properties) -> Properties:
    """The properties of a job of the service; `state` are its last known ones."""
    schedule = job.get("schedule") or {}
    date, time = schedule.get("date") or {}, schedule.get("time") or {}
    settings, triggers = job.get("settings") or {}, job.get("triggers") or {}
    timeout_seconds = (job.get("execution") or {}).get("timeout_seconds") or 0
    deferring_job = job.get("deferring_job_definition_id")
    ci_or_merge = job.get("job_type") in ("ci", "merge")
    found: Properties = {
        **{name: bool(job.get(field)) for name, field in job_payload.FLAGS.items()},
        "compareChangesFlags": job.get("compare_changes_flags") or "",
        "costOptimizationFeatures": (
            state.get("costOptimizationFeatures", []) if ci_or_merge else _features(job)
        ),
        "dbtVersion": job.get("dbt_version"),
        "deferringEnvironmentId": job.get("deferring_environment_id"),
        "deferringJobId": None if deferring_job == job["id"] else deferring_job,
        "description": job.get("description") or "",
        "environmentId": job["environment_id"],
        "executeSteps": job.get("execute_steps") or [],
        "forceNodeSelection": (
            state.get("forceNodeSelection") if ci_or_merge else job.get("force_node_selection")
        ),
        "id": str(job["id"]),
        "isActive": job.get("state") == STATE_ACTIVE,
        "jobCompletionTriggerConditions": _conditions(job, state),
        "jobId": job["id"],
        "jobType": _job_type(state.get("jobType"), job),
        "name": job["name"],
        "numThreads": settings.get("threads") or 0,
        "projectId": job["project_id"],
        "scheduleCron": None if date.get("type") == "interval_cron" else date.get("cron"),
        "scheduleDays": date.get("days"),
        "scheduleHours": time.get("hours"),
        "scheduleInterval": _interval(date, time),
        "scheduleType": date.get("type") or "",
        "selfDeferring": deferring_job == job["id"],
        "targetName": settings.get("target_name") or "",
        "timeoutSeconds": timeout_seconds,
        "triggers": {
            name: bool(triggers.get(field_name))
            for name, field_name in job_payload.TRIGGERS.items()
        },
        "validateExecuteSteps": state.get("validateExecuteSteps"),
    }
    if "execution" in state:
        found["execution"] = {"timeoutSeconds": timeout_seconds}
        found["timeoutSeconds"] = state.get("timeoutSeconds", 0)
    return found


def _conditions(job: Document, state: Properties) -> list[Properties]:
    """The completion trigger, unless another resource than this one may have set it."""
    trigger = job.get("job_completion_trigger_condition")
    if not trigger or not state.get("jobCompletionTriggerConditions"):
        return []
    return [job_payload.condition_properties(trigger["condition"])]


def _interval(date: Document, time: Document) -> int:
    if date.get("type") == "interval_cron":
        every = re.match(r"\S+ \*/(\d+) ", date.get("cron") or "")
        return int(every[1]) if every else 1
    return int(time.get("interval") or 1)


def _features(job: Document) -> list[str]:
    features = job.get("cost_optimization_features")
    if features is not None:
        return list(features)
    # Older services have the one switch only.
    return ["state_aware_orchestration"] if job.get("force_node_selection") is False else []


def _job_type(wanted: object, job: Document) -> object:
    """The type of a job: the service's, but of the types that it derives, the one asked for."""
    answered = job.get("job_type") or None
    if wanted in _DERIVED_TYPES and answered in _DERIVED_TYPES:
        return wanted
    return answered


def _runs_for_pull_requests(triggers: Properties) -> bool:
    return triggers.get("githubWebhook") is True or triggers.get("gitProviderWebhook") is True


def _validate_steps(steps: object) -> None:
    """See that each step is a dbt command that the provider knows.

    Raises:
        PlanError: One is not.
    """
    for step in steps if isinstance(steps, list) else []:
        if step is UNKNOWN:
            continue
        if not _DBT_COMMAND.match(step.replace("\n", " ").replace("\r", " ")):
            detail = f"invalid command: {step}. Allowed commands are: {', '.join(_DBT_COMMANDS)}"
            raise PlanError("Error validating execute steps", detail)
        for flag in _DBT_FLAGS:
            if step.count(flag) > 1:
                detail = f"flag {flag} can only be used once per step in: {step}"
                raise PlanError("Error validating execute steps", detail)


def _refuse_type_change(was: object, becomes: object) -> None:
    """See that an update does not ask for a type that only a new job can have.

    Raises:
        ProviderError: It does.
    """
    if not was or becomes in (None, UNKNOWN, "", was):
        return
    if was in _FIXED_TYPES:
        reason = f"the job type field for this job can only be set to '{was}'"
    elif becomes in _FIXED_TYPES:
        reason = f"cannot change job_type to '{becomes}' from '{was}'"
    else:
        return
    message = (
        f"Invalid job_type change: Cannot change job_type from '{was}' to '{becomes}': {reason}"
    )
    raise ProviderError(message)


def _update_failed(
    number: object, state: Properties, planned: Properties, error: ProviderError
) -> str:
    lines = [f"Error updating job: Could not update job with ID {number}", "", f"Error: {error}"]
    changes = [
        f"  • {label}: {state.get(name)} → {planned.get(name)}"
        for label, name in (("environment_id", "environmentId"), ("name", "name"))
        if state.get(name) != planned.get(name)
    ]
    if changes:
        lines += ["", "Attempted changes:", *changes]
    return "\n".join(lines)
