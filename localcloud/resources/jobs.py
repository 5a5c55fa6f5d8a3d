"""Jobs."""

from typing import Any

from localcloud.control.clock import iso
from localcloud.http.answers import Answer, created
from localcloud.http.errors import InvalidRequestError
from localcloud.http.operation import Call, Routes, validated
from localcloud.http.query import Condition, equals
from localcloud.resources import accounts, job_optimization, job_type, schedules
from localcloud.resources.deletion import delete
from localcloud.resources.environments import environment_view
from localcloud.resources.job_body import JobBody
from localcloud.runs.views import run_view
from localcloud.state import account_plans
from localcloud.state.store import ACTIVE, DELETED, Doc

ROUTES = Routes("jobs")

_FILTERS = {
    "environment_id": "environment_id",
    "environment_id__in": "environment_id",
    "project_id": "project_id",
    "project_id__in": "project_id",
    "name": "name",
    "name__icontains": "name",
    "job_type": "job_type",
    "dbt_version": "dbt_version",
    "dbt_version__in": "dbt_version",
    "pk": "id",
    "pk__in": "id",
    "id__gt": "id",
}
_MERGED = ("settings", "execution", "triggers")


@ROUTES.get("/v2/accounts/{account_id}/jobs/")
def list_jobs(call: Call) -> Answer:
    """The jobs. Every item has its environment: the provider fails without it.

    Source: dbt Cloud's OpenAPI, version 2; the provider's `obj/job/data_source_all.go`.
    """
    page = call.page("job", _flags(call), filters=_FILTERS)
    seen: dict[int, Doc] = {}
    for job in page.items:
        if job["environment_id"] not in seen:
            seen[job["environment_id"]] = _environment(call, job)
    included = call.included()
    page.items[:] = [
        job_view(call, job, seen[job["environment_id"]], included) for job in page.items
    ]
    return page.answer()


@ROUTES.post("/v2/accounts/{account_id}/jobs/")
def create_job(call: Call) -> Answer:
    """A new job. Source: dbt Cloud's OpenAPI, version 2; the provider's `job.go`."""
    body = call.body(JobBody)
    now = iso(call.services.clock.now())
    job = {
        "id": None,
        "account_id": call.account_id,
        **_checked(call, body, body.model_dump(exclude_unset=True), None),
        "state": ACTIVE,
        "run_failure_count": 0,
        "created_at": now,
        "updated_at": now,
    }
    return created(_view(call, call.session.add("job", job)))


@ROUTES.get("/v2/accounts/{account_id}/jobs/{job_id}/")
def get_job(call: Call) -> Answer:
    """A job. Source: dbt Cloud's OpenAPI, version 2; the provider's `job.go`."""
    return Answer(_view(call, call.load("job", call.param("job_id"))))


@ROUTES.post("/v2/accounts/{account_id}/jobs/{job_id}/")
def update_job(call: Call) -> Answer:
    """Change a job, or delete it with `state: 2`. What the body leaves out stays as it was.

    Source: the provider's `job.go`. That absent fields stay is an inference: the known clients
    send every field.
    """
    job = call.load("job", call.param("job_id"))
    sent = call.fields()
    if sent.get("state") == DELETED:
        return Answer(_view(call, _delete(call, job)))
    merged = {**job, "job_type": None, "force_node_selection": None, **sent}
    for name in _MERGED:
        if isinstance(sent.get(name), dict):
            merged[name] = {**job[name], **sent[name]}
    changes = _checked(call, validated(JobBody, merged), sent, job)
    now = iso(call.services.clock.now())
    return Answer(_view(call, call.session.put("job", {**job, **changes, "updated_at": now})))


@ROUTES.delete("/v2/accounts/{account_id}/jobs/{job_id}/")
def remove_job(call: Call) -> Answer:
    """Delete a job; answers 200 and the job. Source: a recorded answer."""
    return Answer(_view(call, _delete(call, call.load("job", call.param("job_id")))))


def job_view(call: Call, job: Doc, environment: Doc | None, included: frozenset[str]) -> Doc:
    """The job as the API tells it.

    Args:
        call: The request.
        job: As stored.
        environment: The job's environment, if the answer has it.
        included: What `include_related` names.
    """
    now = call.services.clock.now()
    due = schedules.next_run(job["schedule"], now) if job["triggers"]["schedule"] else None
    return {
        **job,
        "raw_dbt_version": job["dbt_version"],
        "deactivated": job.get("deactivated", False),
        "is_system": False,
        "is_deferrable": False,
        "generate_sources": job["run_generate_sources"],
        "cron_humanized": schedules.humanized(job["schedule"]),
        "next_run": iso(due) if due else None,
        "next_run_humanized": schedules.time_left(due, now) if due else None,
        "account": accounts.account_view(call.account) if "account" in included else None,
        "project": (
            call.session.get("project", job["project_id"]) if "project" in included else None
        ),
        "environment": environment and environment_view(environment),
        "most_recent_run": _latest(call, job, included, "most_recent_run", []),
        "most_recent_completed_run": _latest(
            call, job, included, "most_recent_completed_run", [Condition("status >= 10", ())]
        ),
    }


def _view(call: Call, job: Doc) -> Doc:
    included = call.included()
    environment = _environment(call, job) if "environment" in included else None
    return job_view(call, job, environment, included)


def _environment(call: Call, job: Doc) -> Doc:
    environment = call.session.get("environment", job["environment_id"])
    if environment is None:
        message = f"job {job['id']} is in environment {job['environment_id']}, which is nowhere"
        raise LookupError(message)
    return environment


def _latest(
    call: Call, job: Doc, included: frozenset[str], name: str, where: list[Condition]
) -> Doc | None:
    if name not in included:
        return None
    conditions = [equals("job_id", job["id"]), *where]
    runs = call.session.find("run", conditions, order_by="-id", limit=1)
    return run_view(call, runs[0], frozenset()) if runs else None


def _delete(call: Call, job: Doc) -> Doc:
    _require_environment(call, job["environment_id"])
    return delete(call.session, "job", job)


def _require_environment(call: Call, environment_id: int) -> None:
    environment = call.session.get("environment", environment_id)
    if environment is not None:
        call.require_environment(environment)


def _flags(call: Call) -> list[Condition]:
    """Filters by what is inside a job: `triggers_schedule` and `is_system`."""
    found = []
    schedule = call.asked_once("triggers_schedule")
    if schedule is not None:
        on = schedule.lower() in ("true", "1")
        found.append(Condition("json_extract(doc, '$.triggers.schedule') = ?", (int(on),)))
    if (call.asked_once("is_system") or "").lower() in ("true", "1"):
        found.append(Condition("0", ()))
    return found


def _checked(call: Call, body: JobBody, sent: dict[str, Any], old: Doc | None) -> Doc:
    """The fields of a job that a request may set, after every rule.

    Args:
        call: The request.
        body: The whole job as it is asked for.
        sent: What the request itself has.
        old: The job as it is, if there is one.
    """
    call.require(body.project_id)
    if old is not None and body.project_id != old["project_id"]:
        raise InvalidRequestError({"project_id": "a job stays in its project; make a new job"})
    if old is None:
        call.referred("project", body.project_id, "project_id")
    environment = call.referred(
        "environment", body.environment_id, "environment_id", body.project_id
    )
    call.require_environment(environment)
    if old is not None:
        _require_environment(call, old["environment_id"])
    _check_references(call, body, old)
    triggers = {name: bool(value) for name, value in body.triggers.model_dump().items()}
    kind = job_type.inferred(body.job_type, triggers, None if old is None else old["job_type"])
    _check_plan(call, body, kind)
    optimized = {name: sent.get(name) for name in _OPTIMIZED}
    unsaid = all(value is None for value in optimized.values())
    if old is not None and unsaid and old["job_type"] == kind:
        optimization = {name: old[name] for name in _OPTIMIZED}
    else:
        version = body.dbt_version or environment["dbt_version"]
        optimization = job_optimization.computed(
            optimized, kind, call.account, environment, version
        )
    return {
        **body.model_dump(exclude={"state", "schedule", "triggers", "job_type"}),
        "description": body.description or "",
        "triggers": triggers,
        "schedule": old["schedule"]
        if old is not None and "schedule" not in sent
        else schedules.computed(body.schedule),
        "job_type": kind,
        **optimization,
    }


_OPTIMIZED = ("cost_optimization_features", "force_node_selection")


def _check_references(call: Call, body: JobBody, old: Doc | None) -> None:
    if body.deferring_environment_id is not None:
        field = "deferring_environment_id"
        call.referred("environment", body.deferring_environment_id, field, body.project_id)
    deferring_job_id = body.deferring_job_definition_id
    if deferring_job_id is not None and (old is None or deferring_job_id != old["id"]):
        field = "deferring_job_definition_id"
        call.referred("job", deferring_job_id, field, body.project_id)
    if body.job_completion_trigger_condition is not None:
        condition = body.job_completion_trigger_condition.condition
        field = "job_completion_trigger_condition"
        call.referred("job", condition.job_id, field, condition.project_id)


def _check_plan(call: Call, body: JobBody, kind: str) -> None:
    plan = call.account["plan"]
    if kind == "merge" and not account_plans.has_merge_jobs(plan):
        problem = f"the account's plan ({plan}) has no merge jobs"
        raise InvalidRequestError({"triggers": {"on_merge": problem}})
    if body.run_lint and not account_plans.has_ci_features(plan):
        raise InvalidRequestError({"run_lint": f"the account's plan ({plan}) has no linting"})
    if body.run_compare_changes and not (
        account_plans.has_compare_changes(plan) and accounts.has(call.account, "advanced-ci")
    ):
        problem = "needs an Enterprise plan and the account's Advanced CI feature switched on"
        raise InvalidRequestError({"run_compare_changes": problem})
    if body.run_compare_changes and body.deferring_environment_id is None:
        problem = "needs deferring_environment_id"
        raise InvalidRequestError({"run_compare_changes": problem})
