"""Runs that go as a test directs."""

import queue
import threading

from localcloud.runs import lifecycle
from localcloud.runs.executor import SimulatedExecutor
from localcloud.runs.lifecycle import Status


class DirectedExecutor(SimulatedExecutor):
    """Takes a job's runs one after another, as dbt Cloud does with deploy jobs; a test ends them.

    Attributes:
        next_ends: How the next runs end, at once. A run for which nothing is planned succeeds at once.
        holds: Runs stay as they are until the test ends them with `finish`.
        submitted: The ids of the runs that were started, for a test to wait for.
    """

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._lock = threading.RLock()
        self.next_ends = []
        self.holds = False
        self.submitted = queue.SimpleQueue()

    def take(self, work):
        with self._lock:
            for run_id in (*work.started, *work.cancelled):
                self._begin_next(self._run(run_id)["job_id"])
        for run_id in work.started:
            self.submitted.put(run_id)

    def finish(self, run_id, status=Status.SUCCESS):
        """End a run that is held, and let the job's next one begin."""
        with self._lock:
            self._end(self._run(run_id), status)
            self._begin_next(self._run(run_id)["job_id"])

    def _begin_next(self, job_id):
        with self._store.reading() as session:
            waiting = [run for run in lifecycle.unfinished(session) if run["job_id"] == job_id]
        if not waiting or waiting[0]["status"] != Status.QUEUED:
            return
        run_id = waiting[0]["id"]
        with self._store.writing() as session:
            lifecycle.begin(session, run_id, self._clock.now())
        if not self.holds:
            status = self.next_ends.pop(0) if self.next_ends else Status.SUCCESS
            self.finish(run_id, status)

    def _end(self, run, status):
        """End the run in its last step."""
        now = self._clock.now()
        last = len(run["run_steps"])
        with self._store.writing() as session:
            for index in range(1, last + 1):
                good = index < last or status is Status.SUCCESS
                lifecycle.begin_step(session, run["id"], index, now)
                if good or status is Status.ERROR:
                    logs = "column secret_salary does not exist"
                    lifecycle.end_step(session, run["id"], index, now, success=good, logs=logs)
            lifecycle.end(session, run["id"], now, status)

    def _run(self, run_id):
        with self._store.reading() as session:
            return session.get("run", run_id)
