"""A run and its steps as the API returns them."""

from datetime import datetime
from typing import Any

from localcloud.clock import in_words
from localcloud.http.operation import Call
from localcloud.runs import steps
from localcloud.runs.lifecycle import ENDS, Status
from localcloud.runs.start import failed_step
from localcloud.state.query import equals
from localcloud.state.store import Doc

_HUMANIZED = {
    Status.QUEUED: "Queued",
    Status.STARTING: "Starting",
    Status.RUNNING: "Running",
    Status.SUCCESS: "Success",
    Status.ERROR: "Error",
    Status.CANCELLED: "Cancelled",
}


_NOT_TOLD = frozenset({"state", "completion_chain"})

_RETRIED = frozenset(
    {
        "build",
        "clone",
        "compile",
        "docs",
        "retry",
        "run",
        "run-operation",
        "seed",
        "snapshot",
        "test",
    }
)
"""Commands that can be retried. Source: https://docs.getdbt.com/reference/commands/retry"""


def run_view(call: Call, run: Doc, included: frozenset[str]) -> Doc:
    """The run as the API returns it; a relation that was not asked for is null (steps: empty).

    Args:
        call: The request.
        run: As stored.
        included: What `include_related` names.

    Source: `RunResponse` of dbt Cloud's OpenAPI, version 2, and recorded answers.
    """
    status = Status(run["status"])
    now = call.services.clock.now()
    durations = _durations(run, now)
    reason = no_retry_reason(call, run)
    relations: dict[str, Any] = {
        name: call.session.get(kind, run[field]) if name in included else None
        for name, kind, field in (
            ("job", "job", "job_definition_id"),
            ("environment", "environment", "environment_id"),
        )
    }
    begun = [
        step_view(call, run, step, debug="debug_logs" in included)
        for step in run["run_steps"]
        if step["id"] is not None
    ]
    return {
        **{key: value for key, value in run.items() if key not in _NOT_TOLD},
        "trigger_id": run["trigger"]["id"],
        **durations,
        **{f"{name}_humanized": _in_words(value) for name, value in durations.items()},
        "status_humanized": _HUMANIZED[status],
        "in_progress": status not in ENDS,
        "is_complete": status in ENDS,
        "is_success": status is Status.SUCCESS,
        "is_error": status is Status.ERROR,
        "is_cancelled": status is Status.CANCELLED,
        "is_running": status is Status.RUNNING,
        "created_at_humanized": f"{_in_words(_between(run['created_at'], None, now))} ago",
        "finished_at_humanized": (
            f"{_in_words(_between(run['finished_at'], None, now))} ago"
            if run["finished_at"]
            else ""
        ),
        "can_retry": reason is None,
        "retry_not_supported_reason": reason,
        "href": f"{call.origin}/deploy/{run['account_id']}/projects/{run['project_id']}"
        f"/runs/{run['id']}/",
        "job": relations["job"],
        "environment": relations["environment"],
        "repository": None,
        "trigger": run["trigger"] if "trigger" in included else None,
        "run_steps": begun if included & {"run_steps", "debug_logs"} else [],
        "run_retries": _retries(call, run) if "run_retries" in included else None,
    }


def step_view(call: Call, run: Doc, step: Doc, *, debug: bool) -> Doc:
    """The step as the API returns it, with its debug log if asked for."""
    status = Status(step["status"])
    debug_logs = call.services.artifacts.debug_log(run["id"], step["index"]) if debug else ""
    return {
        "id": step["id"],
        "run_id": run["id"],
        "account_id": run["account_id"],
        "index": step["index"],
        "name": step["name"],
        "status": step["status"],
        "status_humanized": _HUMANIZED[status],
        "status_color": {Status.SUCCESS: "green", Status.ERROR: "red"}.get(status, "grey"),
        "logs": step["logs"],
        "debug_logs": debug_logs,
        "log_location": "db",
        "truncated_debug_logs": None,
        "created_at": step["started_at"] or run["created_at"],
        "updated_at": step["finished_at"] or step["started_at"] or run["updated_at"],
        "started_at": step["started_at"],
        "finished_at": step["finished_at"],
        "duration": _between(step["started_at"], step["finished_at"], None),
        "duration_humanized": _in_words(_between(step["started_at"], step["finished_at"], None)),
    }


def _durations(run: Doc, now: datetime) -> dict[str, str]:
    return {
        "duration": _between(run["queued_at"], run["finished_at"], now),
        "queued_duration": _between(
            run["queued_at"], run["dequeued_at"] or run["finished_at"], now
        ),
        "run_duration": _between(run["started_at"], run["finished_at"], now),
    }


def _between(start: str | None, end: str | None, now: datetime | None) -> str:
    """The time between two moments (to `now` without an end), as HH:MM:SS."""
    if start is None or (end is None and now is None):
        return "00:00:00"
    until = datetime.fromisoformat(end) if end else now
    passed = (until or datetime.min) - datetime.fromisoformat(start)
    seconds = max(int(passed.total_seconds()), 0)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _in_words(text: str) -> str:
    hours, minutes, seconds = map(int, text.split(":"))
    return in_words((hours, "hour"), (minutes, "minute"), (seconds, "second")) or "0 minutes"


def no_retry_reason(call: Call, run: Doc) -> str | None:
    """Why the run cannot be retried from its point of failure; none if it can.

    Source: dbt Cloud's OpenAPI, version 2, `retry_not_supported_reason`.
    """
    if run["status"] not in (Status.ERROR, Status.CANCELLED):
        return "RETRY_NOT_FAILED_RUN"
    latest = latest_run(call, run["job_definition_id"])
    if latest is not None and latest["id"] != run["id"]:
        return "RETRY_NOT_LATEST_RUN"
    failed = failed_step(run)
    if failed is None:
        return "RETRY_NO_RUN_RESULTS"
    if steps.subcommand(failed["command"].split()) not in _RETRIED:
        return "RETRY_UNSUPPORTED_CMD"
    results = call.services.artifacts.read(run["id"], "run_results.json", step=failed["index"])
    return None if results is not None else "RETRY_NO_RUN_RESULTS"


def latest_run(call: Call, job_id: int) -> Doc | None:
    """The newest run of a job."""
    found = call.session.find("run", [equals("job_id", job_id)], order_by="-id", limit=1)
    return found[0] if found else None


def _retries(call: Call, run: Doc) -> list[Doc]:
    found = call.session.find(
        "run", [equals("job_id", run["job_definition_id"]), equals("retrying_run_id", run["id"])]
    )
    return [{"id": retry["id"], "status": retry["status"]} for retry in found]
