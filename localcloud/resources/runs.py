"""Starting, reading, cancelling, retrying and listing runs, and their artifacts."""

import mimetypes

from pydantic import Field

from localcloud.http import account_plans, filters
from localcloud.http.answers import Answer, FileAnswer
from localcloud.http.body import Body
from localcloud.http.errors import ForbiddenError, InvalidRequestError, NotFoundError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.run_views import latest_run, no_retry_reason, run_view, step_view
from localcloud.runs.completion import cancel_for_pull_request, finish
from localcloud.runs.deactivation import reactivate
from localcloud.runs.lifecycle import Status
from localcloud.runs.start import (
    OVERRIDES,
    PULL_REQUEST_IDS,
    RunChanges,
    pull_request_of,
    start_run,
)
from localcloud.state.query import Condition, equals
from localcloud.state.store import Doc

ROUTES = Routes("runs")


class RunBody(Body):
    """How a run differs from its job. Every field is optional: some clients send no body."""

    cause: str = Field(default="Triggered via API", max_length=255)
    git_sha: str | None = None
    git_branch: str | None = None
    azure_pull_request_id: int | None = None
    github_pull_request_id: int | None = None
    gitlab_merge_request_id: int | None = None
    non_native_pull_request_id: int | None = None
    schema_override: str | None = None
    dbt_version_override: str | None = None
    threads_override: int | None = None
    target_name_override: str | None = None
    generate_docs_override: bool | None = None
    timeout_seconds_override: int | None = None
    steps_override: list[str] | None = None


_FILTERS = {
    "environment_id": "environment_id",
    "environment_id__in": "environment_id",
    "project_id": "project_id",
    "project_id__in": "project_id",
    "job_definition_id": "job_id",
    "job_definition_id__in": "job_id",
    "status": "status",
    "status__in": "status",
    "created_at__range": "created_at",
    "finished_at__range": "finished_at",
    "id__gt": "id",
    "pk": "id",
}
_A = "/v2/accounts/{account_id}/"


@ROUTES.post(_A + "jobs/{job_id}/run/")
def trigger_run(call: Call) -> Answer:
    """Start a run of the job. Source: dbt Cloud's OpenAPI, version 2.

    A CI run for a pull request cancels the one before it, which has become stale. Source:
    https://docs.getdbt.com/docs/deploy/continuous-integration

    Raises:
        ForbiddenError: A CI job, and the plan lets only the git provider start those.
    """
    job = _job(call)
    body = call.body.read(RunBody)
    if job["job_type"] == "ci" and not account_plans.has_ci_by_api(call.account["plan"]):
        message = (
            f"The account's plan ({call.account['plan']}) does not start CI jobs by the API; "
            "Enterprise and the legacy Team plan do."
        )
        raise ForbiddenError(message)
    job = reactivate(call.session, job)
    overrides = body.model_dump(include=set(OVERRIDES))
    now, changes = call.services.clock.now(), RunChanges()
    number = pull_request_of(overrides)
    if job["job_type"] == "ci" and number is not None:
        cancel_for_pull_request(call.session, job["id"], number, now, changes, "a newer run")
    run = start_run(
        call.session,
        job,
        now,
        changes,
        cause=body.cause,
        cause_category="api",
        overrides=overrides,
    )
    return _submitted(call, run, changes)


@ROUTES.post(_A + "jobs/{job_id}/rerun/")
def rerun_job(call: Call) -> Answer:
    """Retry the job's newest run if it failed, otherwise start a new one.

    Source: dbt Cloud's OpenAPI, version 2.
    """
    job = _job(call)
    latest = latest_run(call, job["id"])
    failed = latest if latest and no_retry_reason(call, latest) is None else None
    return _again(call, job, failed)


@ROUTES.get(_A + "runs/")
def list_runs(call: Call) -> Answer:
    """The runs. Source: dbt Cloud's OpenAPI, version 2; the provider's `run.go`."""
    page = list_page(call, "run", _trigger_filters(call), filters=_FILTERS, default_state="all")
    included = call.query.included()
    page.items[:] = [run_view(call, run, included) for run in page.items]
    return page.answer()


@ROUTES.get(_A + "runs/{run_id}/")
def get_run(call: Call) -> Answer:
    """A run. Source: dbt Cloud's OpenAPI, version 2."""
    return Answer(run_view(call, _run(call), call.query.included()))


@ROUTES.post(_A + "runs/{run_id}/cancel/")
def cancel_run(call: Call) -> Answer:
    """Cancel a run; one that has ended stays as it ended. Source: a recorded answer."""
    run = _run(call)
    changes = RunChanges()
    cancelled = finish(
        call.session,
        run["id"],
        call.services.clock.now(),
        Status.CANCELLED,
        changes,
        message="Cancelled by user.",
    )
    if cancelled is not None:
        changes.cancelled.append(run["id"])
    _hand_over(call, changes)
    return Answer(run_view(call, cancelled or run, call.query.included()))


@ROUTES.post(_A + "runs/{run_id}/retry/")
def retry_run(call: Call) -> Answer:
    """Start a run that retries a failed one. Source: dbt Cloud's OpenAPI, version 2."""
    run = _run(call)
    reason = no_retry_reason(call, run)
    if reason is not None:
        raise InvalidRequestError({"retry_not_supported_reason": reason})
    job = call.load("job", run["job_definition_id"])
    return _again(call, job, run)


@ROUTES.get(_A + "runs/{run_id}/artifacts/")
def list_artifacts(call: Call) -> Answer:
    """The relative paths of the run's files. Source: dbt Cloud's OpenAPI, version 2."""
    run = _run(call)
    return Answer(call.services.artifacts.paths(run["id"], step=_step_asked(call)))


@ROUTES.get(_A + "runs/{run_id}/artifacts/{path:path}")
def get_artifact(call: Call) -> FileAnswer:
    """A file of the run, as it is; `step` picks that of one step.

    Source: dbt Cloud's OpenAPI, version 2.
    """
    return _file(call, _run(call))


@ROUTES.get(_A + "jobs/{job_id}/artifacts/{path:path}")
def get_artifact_of_job(call: Call) -> FileAnswer:
    """A file of the job's newest successful run.

    Source: dbt Cloud's OpenAPI, version 2; that only successful runs count is an inference.
    """
    job = call.load("job", call.param("job_id"))
    where = [equals("job_id", job["id"]), equals("status", int(Status.SUCCESS))]
    runs = call.session.find("run", where, order_by="-id", limit=1)
    if not runs:
        raise NotFoundError
    return _file(call, runs[0])


@ROUTES.get(_A + "steps/{step_id}/")
def get_step(call: Call) -> Answer:
    """A step of a run. Source: dbt Cloud's OpenAPI, version 2."""
    step_id = call.param("step_id")
    run = call.load("run", call.load("run_step", step_id)["run_id"])
    step = next(step for step in run["run_steps"] if step["id"] == step_id)
    return Answer(step_view(call, run, step, debug=True))


def _trigger_filters(call: Call) -> list[Condition]:
    """Filters by what started a run."""
    fields = {"trigger_id": ("id",), "pull_request_id": PULL_REQUEST_IDS}
    found = []
    for key, names in fields.items():
        text = call.query.last(key)
        if text is not None:
            number = filters.number(text, -1)
            tests = " OR ".join(f"json_extract(doc, '$.trigger.{name}') = ?" for name in names)
            found.append(Condition(f"({tests})", (number,) * len(names)))
    return found


def _job(call: Call) -> Doc:
    job = call.load("job", call.param("job_id"))
    environment = call.session.get("environment", job["environment_id"])
    if environment is not None:
        call.require_environment(environment)
    return job


def _run(call: Call) -> Doc:
    return call.load("run", call.param("run_id"))


def _again(call: Call, job: Doc, failed: Doc | None) -> Answer:
    changes = RunChanges()
    run = start_run(
        call.session,
        job,
        call.services.clock.now(),
        changes,
        cause="Rerun from the point of failure" if failed else "Rerun",
        cause_category="rerun",
        overrides=None if failed is None else failed["trigger"],
        retrying=failed,
    )
    return _submitted(call, run, changes)


def _submitted(call: Call, run: Doc, changes: RunChanges) -> Answer:
    """A new run, with its trigger and its job, unasked. Source: a recorded answer."""
    _hand_over(call, changes)
    return Answer(run_view(call, run, call.query.included() | {"trigger", "job"}))


def _hand_over(call: Call, changes: RunChanges) -> None:
    """Pass the changes to the executor once they are stored."""
    call.after_commit.append(lambda: call.services.executor.take(changes))


def _step_asked(call: Call) -> int | None:
    text = call.query.last("step")
    return None if text is None else filters.number(text, 0) or None


def _file(call: Call, run: Doc) -> FileAnswer:
    path = call.params["path"]
    content = call.services.artifacts.read(run["id"], path, step=_step_asked(call))
    if content is None:
        raise NotFoundError
    return FileAnswer(content, mimetypes.guess_type(path)[0] or "application/octet-stream")
