"""The page of a job: when and how it runs, and its runs; and its "Run now"."""

from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from localcloud.resources import jobs, projects, runs
from localcloud.runs.lifecycle import Status
from localcloud.state.store import Doc
from localcloud.web.page_request import PageRequest
from localcloud.web.rendering import HEADERS, html

_CAUSE = "Run now on the web page"


def show(page_request: PageRequest) -> Response:
    """A job."""
    job_id = page_request.open("job")
    related = {"include_related": "environment,most_recent_run"}
    job = page_request.get(jobs.get_job, related, job_id=job_id)
    query = {"job_definition_id": job_id, "order_by": "-id", "include_related": "job,trigger"}
    return html(
        page_request,
        "job.html",
        job=job,
        project=page_request.get(projects.get_project, project_id=job["project_id"]),
        triggers=_triggers(page_request, job),
        deferring_environment=page_request.named("environment", job["deferring_environment_id"]),
        deferring_job=page_request.named("job", job["deferring_job_definition_id"]),
        runs=page_request.listing(runs.list_runs, query),
    )


def start(page_request: PageRequest) -> Response:
    """Start a run of the job, and lead to it.

    Raises:
        ForbiddenError: A CI job, and the account's plan lets only the git provider start those.
    """
    job_id = page_request.open("job")
    run = page_request.ask(runs.trigger_run, body={"cause": _CAUSE}, job_id=job_id).data
    return RedirectResponse(f"/runs/{run['id']}", HTTPStatus.SEE_OTHER, HEADERS)


def _triggers(page_request: PageRequest, job: Doc) -> list[str]:
    """What triggers the job, in words."""
    on = job["triggers"]
    found = []
    if on["schedule"]:
        found.append(f"On schedule: {job['cron_humanized']} UTC (cron {job['schedule']['cron']})")
    if on["github_webhook"] or on["git_provider_webhook"]:
        drafts = ", drafts too" if job["triggers_on_draft_pr"] else ""
        found.append(f"When a pull request is opened or gets a commit{drafts}")
    if on["on_merge"]:
        found.append("When a pull request is merged")
    after = job["job_completion_trigger_condition"]
    if after is not None:
        condition = after["condition"]
        parent = page_request.named("job", condition["job_id"])
        name = f"job {condition['job_id']}" + (f" ({parent['name']})" if parent else "")
        ends = " or ".join(Status(status).name.lower() for status in condition["statuses"])
        found.append(f"When {name} ends with {ends}")
    return found
