"""The status of a run: queued, starting, running, and one of three ends.

Source: https://docs.getdbt.com/dbt-cloud/api-v2 and dbt Cloud's OpenAPI, `RunResponse`.
"""

from datetime import datetime
from enum import IntEnum

from localcloud.clock import spaced
from localcloud.state.query import equals, one_of
from localcloud.state.store import Doc, Session
from localcloud.webhooks.messages import announce


class Status(IntEnum):
    """What `status` of a run or a step says."""

    QUEUED = 1
    STARTING = 2
    RUNNING = 3
    SUCCESS = 10
    ERROR = 20
    CANCELLED = 30


ENDS = frozenset({Status.SUCCESS, Status.ERROR, Status.CANCELLED})


UNFINISHED = frozenset(Status) - ENDS


def new_run(job: Doc, environment: Doc, steps: list[Doc], trigger: Doc, now: datetime) -> Doc:
    """The record of a run of `job` that is about to be queued, without an id.

    Args:
        job: The job, as stored.
        environment: The job's environment.
        steps: What it will do, from `localcloud.runs.steps`.
        trigger: What started it, as the API's `trigger`, without ids.
        now: The time of its queueing.
    """
    moment = spaced(now)
    run: Doc = {
        "id": None,
        "account_id": job["account_id"],
        "project_id": job["project_id"],
        "environment_id": job["environment_id"],
        "job_definition_id": job["id"],
        "job_id": job["id"],
        "state": 1,
        "status": int(Status.QUEUED),
        "status_message": None,
        "dbt_version": job["dbt_version"] or environment["dbt_version"],
        "git_branch": trigger.get("git_branch"),
        "git_sha": trigger.get("git_sha"),
        "owner_thread_id": None,
        "executed_by_thread_id": None,
        "deferring_run_id": None,
        "artifacts_saved": False,
        "artifact_s3_path": None,
        "has_docs_generated": False,
        "has_sources_generated": False,
        "notifications_sent": False,
        "blocked_by": [],
        "retrying_run_id": None,
        "scribe_enabled": True,
        "created_at": moment,
        "updated_at": moment,
        "queued_at": moment,
        "dequeued_at": None,
        "started_at": None,
        "finished_at": None,
        "last_checked_at": None,
        "last_heartbeat_at": None,
        "should_start_at": moment,
        "trigger": trigger,
        "run_steps": steps,
    }
    return run


def dequeue(session: Session, run_id: int, now: datetime) -> bool:
    """The run leaves the queue and is set up. False: it has ended already."""
    return _advance(session, run_id, now, Status.STARTING) is not None


def begin(session: Session, run_id: int, now: datetime) -> bool:
    """The run is under way; its webhooks get a message. False: it has ended already."""
    run = _advance(session, run_id, now, Status.RUNNING, started_at=spaced(now))
    if run is None:
        return False
    announce(session, run, now)
    return True


def begin_step(session: Session, run_id: int, index: int, now: datetime) -> None:
    """The step with that index, counted from 1, has begun."""
    run = _open(session, run_id)
    if run is not None:
        step = run["run_steps"][index - 1]
        if step["id"] is None:
            # Lets a step be found by its own id.
            pointer = {"account_id": run["account_id"], "project_id": run["project_id"]}
            step["id"] = session.add("run_step", {**pointer, "run_id": run_id})["id"]
        step.update(status=int(Status.RUNNING), started_at=spaced(now))
        _save(session, run, spaced(now))


def log_step(session: Session, run_id: int, index: int, now: datetime, logs: str) -> None:
    """What the step has written so far; also of a run that was cancelled meanwhile."""
    run = session.get("run", run_id)
    if run is not None:
        run["run_steps"][index - 1]["logs"] = logs
        _save(session, run, spaced(now))


def note(session: Session, run_id: int, now: datetime, **facts: object) -> None:
    """Facts about the run while it is under way, such as `git_sha`."""
    run = _open(session, run_id)
    if run is not None:
        run.update(facts)
        _save(session, run, spaced(now))


def end_step(
    session: Session, run_id: int, index: int, now: datetime, *, success: bool, logs: str
) -> None:
    """The step has ended, having written `logs`."""
    run = _open(session, run_id)
    if run is not None:
        status = Status.SUCCESS if success else Status.ERROR
        step = run["run_steps"][index - 1]
        step.update(status=int(status), finished_at=spaced(now), logs=logs)
        _save(session, run, spaced(now))


def end(
    session: Session,
    run_id: int,
    now: datetime,
    status: Status,
    *,
    message: str | None = None,
    **facts: object,
) -> Doc | None:
    """The run has ended.

    Args:
        session: The state.
        run_id: Which run.
        now: When.
        status: Which end.
        message: The run's `status_message`.
        **facts: Other fields of the run, such as `has_docs_generated`.

    Returns:
        The run; none if it had ended before.
    """
    run = _open(session, run_id)
    if run is None:
        return None
    moment = spaced(now)
    run.update(status=int(status), finished_at=moment, status_message=message, **facts)
    run["artifacts_saved"] = facts.get("artifacts_saved", status is not Status.CANCELLED)
    for step in run["run_steps"]:
        if step["status"] not in ENDS:
            begun = step["started_at"] is not None
            # A step under way ends as the run does; one that has not begun is cancelled.
            step["status"] = int(status if begun else Status.CANCELLED)
            step["finished_at"] = moment if begun else None
    announce(session, run, now)
    return _save(session, run, moment)


def unfinished(session: Session) -> list[Doc]:
    """The runs that have not ended, oldest first."""
    return session.find("run", [one_of("status", sorted(map(int, UNFINISHED)))])


def queued(session: Session) -> list[Doc]:
    """The runs that have not begun, oldest first."""
    return session.find("run", [equals("status", int(Status.QUEUED))])


def _advance(
    session: Session, run_id: int, now: datetime, status: Status, **fields: object
) -> Doc | None:
    """A run that has not ended, with a later status; none once it has ended."""
    run = _open(session, run_id)
    if run is None:
        return None
    moment = spaced(now)
    dequeued_at = run["dequeued_at"] or moment
    run.update(status=int(status), dequeued_at=dequeued_at, **fields)
    return _save(session, run, moment)


def _open(session: Session, run_id: int) -> Doc | None:
    run = session.get("run", run_id)
    return None if run is None or run["status"] in ENDS else run


def _save(session: Session, run: Doc, moment: str) -> Doc:
    run["updated_at"] = moment
    return session.put("run", run)
