"""The end of a run, and the jobs that its completion triggers.

Source: https://docs.getdbt.com/docs/deploy/deploy-jobs#trigger-on-job-completion
"""

from datetime import datetime

from localcloud.runs import lifecycle
from localcloud.runs.deactivation import IS_ACTIVE
from localcloud.runs.lifecycle import Status
from localcloud.runs.start import RunChanges, pull_request_of, start_run
from localcloud.state.query import Condition, equals, one_of
from localcloud.state.store import ACTIVE, Doc, Session

_PARENT = "$.job_completion_trigger_condition.condition.job_id"


def finish(
    session: Session,
    run_id: int,
    now: datetime,
    status: Status,
    changes: RunChanges,
    *,
    message: str | None = None,
    **facts: object,
) -> Doc | None:
    """End a run, and start the jobs that its completion triggers.

    Args:
        session: The state, in a writing transaction.
        run_id: Which run.
        now: When.
        status: Which end.
        changes: Collects the runs that were started.
        message: The run's `status_message`.
        **facts: Other fields of the run.

    Returns:
        The run; none if it had ended before.
    """
    run = lifecycle.end(session, run_id, now, status, message=message, **facts)
    if run is None:
        return None
    chain = (*run["completion_chain"], run["job_definition_id"])
    for job in _waiting_jobs(session, run["job_definition_id"], status):
        if job["id"] in chain:
            # Jobs that trigger each other in a circle would never stop.
            continue
        start_run(
            session,
            job,
            now,
            changes,
            cause=f"Completion of run {run_id} of job {run['job_definition_id']}",
            cause_category="job completion",
            chain=chain,
        )
    return run


def cancel_for_pull_request(
    session: Session, job_id: int, number: int, now: datetime, changes: RunChanges, by: str
) -> None:
    """Cancel the unfinished runs of a job for a pull request; `by` names the reason."""
    where = [
        equals("job_id", job_id),
        one_of("status", sorted(map(int, lifecycle.UNFINISHED))),
    ]
    for run in session.find("run", where):
        if pull_request_of(run["trigger"]) == number:
            message = f"Cancelled: {by} has made this run stale."
            finish(session, run["id"], now, Status.CANCELLED, changes, message=message)
            changes.cancelled.append(run["id"])


def _waiting_jobs(session: Session, job_id: int, status: Status) -> list[Doc]:
    where = [
        equals("state", ACTIVE),
        IS_ACTIVE,
        Condition(f"json_extract(doc, '{_PARENT}') = ?", (job_id,)),
    ]
    return [
        job
        for job in session.find("job", where)
        if int(status) in job["job_completion_trigger_condition"]["condition"]["statuses"]
    ]
