"""Starts the runs of scheduled jobs when they are due, in UTC.

A cron expression is exact to the minute, so it is enough to check the jobs at the start of each
minute, and whenever the clock is set. A job that was due several times since the last check, because
the clock was moved or the machine slept, is started once. What was due while no server ran is
not started.
"""

import logging
import threading
from datetime import UTC, datetime, timedelta

from cronsim import CronSim

from localcloud.clock import Clock
from localcloud.runs.completion import finish
from localcloud.runs.deactivation import IS_ACTIVE
from localcloud.runs.executor import Executor
from localcloud.runs.lifecycle import Status
from localcloud.runs.start import RunChanges, start_run
from localcloud.state.query import Condition, equals
from localcloud.state.store import ACTIVE, Doc, Session, Store

_LOG = logging.getLogger(__name__)
_MINUTE = timedelta(minutes=1)


class Scheduler:
    """Starts due jobs, in a thread of its own."""

    def __init__(self, store: Store, clock: Clock, executor: Executor) -> None:
        """Start runs of the jobs in `store` and hand them to `executor`."""
        self._store = store
        self._clock = clock
        self._executor = executor
        self._wake_up = threading.Condition()
        self._clock_was_set = False
        self._closing = False
        self._last_check = clock.now()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Start what is due from now on."""
        self._last_check = self._clock.now()
        self._clock.on_set(self._on_clock_set)
        self._thread.start()

    def close(self) -> None:
        """Stop starting jobs."""
        with self._wake_up:
            self._closing = True
            self._wake_up.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _on_clock_set(self) -> None:
        with self._wake_up:
            self._clock_was_set = True
            self._wake_up.notify_all()

    def _run(self) -> None:
        while True:
            with self._wake_up:
                self._wake_up.wait_for(
                    lambda: self._clock_was_set or self._closing, self._seconds_to_wait()
                )
                self._clock_was_set = False
                if self._closing:
                    return
            since, self._last_check = self._last_check, self._clock.now()
            try:
                self._start_due(since, self._last_check)
            except Exception:  # noqa: BLE001 - logged; one that fails must not end all later ones
                _LOG.exception(
                    "jobs due from %s to %s could not be started", since, self._last_check
                )

    def _seconds_to_wait(self) -> float | None:
        """How long until the next minute begins; none if the time is frozen."""
        if self._clock.frozen:
            return None
        now = self._clock.now()
        next_minute = now.replace(second=0, microsecond=0) + _MINUTE
        return (next_minute - now).total_seconds()

    def _start_due(self, since: datetime, now: datetime) -> None:
        """Start the jobs that were due after `since` and by `now`."""
        if since.replace(second=0, microsecond=0) == now.replace(second=0, microsecond=0):
            return
        with self._store.reading() as session:
            if not _due(session, since, now):
                return
        changes = RunChanges()
        with self._store.writing() as session:
            for job, moment in _due(session, since, now):
                _cancel_overtaken(session, job, now, changes)
                run = start_run(
                    session, job, now, changes, cause="scheduled", cause_category="scheduled"
                )
                session.put("run", {**run, "should_start_at": str(moment)})
        self._executor.take(changes)


def _due(session: Session, since: datetime, now: datetime) -> list[tuple[Doc, datetime]]:
    """The jobs that were due after `since` and by `now`, each with the last such time."""
    where = [
        equals("state", ACTIVE),
        IS_ACTIVE,
        Condition("json_extract(doc, '$.triggers.schedule')", ()),
    ]
    crons: dict[str, datetime | None] = {}
    found = []
    for job in session.find("job", where):
        cron = job["schedule"]["cron"]
        if cron not in crons:
            crons[cron] = _last(cron, since, now)
        moment = crons[cron]
        if moment is not None and moment > datetime.fromisoformat(job["created_at"]):
            found.append((job, moment))
    return found


def _last(cron: str, since: datetime, now: datetime) -> datetime | None:
    """The last time the expression names after `since` and by `now`, if there is one."""
    if now <= since:
        return None
    moment = next(
        CronSim(cron, now.astimezone(UTC) + timedelta(microseconds=1), reverse=True), None
    )
    return moment if moment is not None and moment > since else None


def _cancel_overtaken(session: Session, job: Doc, now: datetime, changes: RunChanges) -> None:
    """Cancel the job's scheduled runs that are still queued: one in the queue is enough.

    Source: https://docs.getdbt.com/docs/deploy/job-scheduler (over-scheduled jobs)
    """
    where = [equals("job_id", job["id"]), equals("status", int(Status.QUEUED))]
    for run in session.find("run", where):
        if run["trigger"]["cause_category"] == "scheduled":
            message = "Cancelled: the job was due again before this run could begin."
            finish(session, run["id"], now, Status.CANCELLED, changes, message=message)
            changes.cancelled.append(run["id"])
