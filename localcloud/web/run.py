"""The page of a run: its status, its steps with their logs, its artifacts; and its "Cancel"."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from localcloud.resources import runs
from localcloud.runs.start import pull_request_of
from localcloud.state.store import Doc
from localcloud.web.page_request import PageNotFoundError, PageRequest
from localcloud.web.rendering import FILE_HEADERS, HEADERS, html, text

_LINES = 500
_CHARACTERS = 200_000
"""How much of the end of a log the page shows, so that it loads and updates quickly."""


@dataclass(frozen=True)
class LogEnd:
    """The end of a step's log.

    Attributes:
        text: The last lines.
        lines: How many the whole log has.
        whole: Whether this is all of it.
    """

    text: str
    lines: int
    whole: bool


def show(page_request: PageRequest) -> Response:
    """A run."""
    run_id = page_request.open("run")
    run = _run(page_request, run_id)
    paths = page_request.get(runs.list_artifacts, run_id=run_id)
    return html(
        page_request,
        "run.html",
        run=run,
        job=run["job"],
        project=page_request.named("project", run["project_id"]),
        environment=run["environment"],
        pull_request=pull_request_of(run["trigger"]),
        logs={step["index"]: _end(step["logs"]) for step in run["run_steps"]},
        debug_logs=page_request.services.artifacts.steps_with_debug_log(run_id),
        open_step=_open_step(run["run_steps"]),
        artifacts=[path for path in paths if "/" not in path],
        artifact_count=len(paths),
        announcement=_announcement(run),
    )


def show_all(page_request: PageRequest) -> Response:
    """All runs of an account, the newest first."""
    page_request.open("account")
    query = {"order_by": "-id", "include_related": "job,trigger"}
    listing = page_request.listing(runs.list_runs, query)
    projects = page_request.projects_of(listing.items)
    return html(page_request, "runs.html", runs=listing, run_projects=projects)


def cancel(page_request: PageRequest) -> Response:
    """Cancel the run, and redirect to it; a run that has ended does not change."""
    run_id = page_request.open("run")
    page_request.ask(runs.cancel_run, run_id=run_id)
    return RedirectResponse(f"/runs/{run_id}", HTTPStatus.SEE_OTHER, HEADERS)


def show_artifacts(page_request: PageRequest) -> Response:
    """The names of all files that the run has left."""
    run_id = page_request.open("run")
    paths = page_request.get(runs.list_artifacts, run_id=run_id)
    return html(
        page_request,
        "artifacts.html",
        run=_run(page_request, run_id),
        paths=page_request.part(paths),
    )


def artifact(page_request: PageRequest) -> Response:
    """An artifact of the run; text and JSON are shown, other files are saved."""
    run_id = page_request.open("run")
    path = page_request.text("path")
    content = page_request.services.artifacts.read(run_id, path)
    if content is None:
        message = f"Run {run_id} has left no file “{path}”."
        raise PageNotFoundError(message)
    guessed = mimetypes.guess_type(path)[0]
    if guessed == "application/json":
        return Response(content, headers=FILE_HEADERS, media_type=guessed)
    if path.endswith((".sql", ".yml", ".yaml", ".csv", ".log", ".txt", ".md")):
        return Response(content, headers=FILE_HEADERS, media_type="text/plain")
    saved = {**FILE_HEADERS, "Content-Disposition": "attachment"}
    return Response(content, headers=saved, media_type="application/octet-stream")


def log(page_request: PageRequest) -> Response:
    """The whole log of a step."""
    return text(_step(page_request, "run_steps")["logs"])


def debug_log(page_request: PageRequest) -> Response:
    """The whole debug log of a step."""
    step = _step(page_request, "run_steps,debug_logs")
    if not step["debug_logs"]:
        message = f"Step {step['index']} of run {step['run_id']} has no debug log."
        raise PageNotFoundError(message)
    return text(step["debug_logs"])


def _run(page_request: PageRequest, run_id: int) -> Doc:
    related = {"include_related": "trigger,job,environment,run_steps"}
    run: Doc = page_request.get(runs.get_run, related, run_id=run_id)
    return run


def _step(page_request: PageRequest, related: str) -> Doc:
    run_id = page_request.open("run")
    index = page_request.number("index")
    run = page_request.get(runs.get_run, {"include_related": related}, run_id=run_id)
    for step in run["run_steps"]:
        if step["index"] == index:
            found: Doc = step
            return found
    message = f"Run {run_id} has no step {index}, or has not come to it."
    raise PageNotFoundError(message)


def _end(whole: str) -> LogEnd:
    lines = whole.splitlines(keepends=True)
    end = "".join(lines[-_LINES:])[-_CHARACTERS:]
    return LogEnd(end, len(lines), len(end) == len(whole))


def _open_step(steps: Sequence[Doc]) -> int | None:
    """The step whose log is shown first: the newest that failed or was cancelled, else the newest."""
    failed = [step for step in steps if step["status_humanized"] in ("Error", "Cancelled")]
    chosen = failed or steps
    return int(chosen[-1]["index"]) if chosen else None


def _announcement(run: Doc) -> str:
    """The status of the run in a sentence, for screen readers."""
    if run["is_complete"]:
        return f"Run {run['id']} has ended: {run['status_humanized']}."
    step_text = "".join(f", step {step['index']}: {step['name']}" for step in run["run_steps"][-1:])
    return f"Run {run['id']}: {run['status_humanized']}{step_text}."
