"""What executes runs: the seam between a run's record and its work."""

import json
from typing import Protocol

from localcloud.clock import Clock
from localcloud.runs import lifecycle
from localcloud.runs.artifacts import Artifacts
from localcloud.store import Store


class Executor(Protocol):
    """Takes runs through their life, from queued to an end.

    It changes a run's record only through `localcloud.runs.lifecycle`, each time in a
    transaction of its own, and leaves a run alone that has come to an end meanwhile.
    """

    def start(self) -> None:
        """Begin work; take up runs that an earlier process of this server left unfinished."""

    def submit(self, run_id: int) -> None:
        """Execute a run that has just been stored as queued. Returns without waiting."""

    def cancel(self, run_id: int) -> None:
        """Stop the work of a run that has just been stored as cancelled."""

    def close(self) -> None:
        """Stop all work. Unfinished runs stay as they are."""


class SimulatedExecutor:
    """Ends every run at once in success, without running dbt.

    Each step logs one line that says so; the run gets a `manifest.json` without nodes.
    """

    def __init__(self, store: Store, artifacts: Artifacts, clock: Clock) -> None:
        """Work on the runs in `store`, leaving files in `artifacts`."""
        self._store = store
        self._artifacts = artifacts
        self._clock = clock

    def start(self) -> None:
        """End the runs that an earlier process left unfinished."""
        with self._store.reading() as session:
            unfinished = lifecycle.unfinished(session)
        for run in unfinished:
            self.submit(run["id"])

    def submit(self, run_id: int) -> None:
        """Take the run to its success."""
        with self._store.reading() as session:
            run = session.get("run", run_id)
        if run is None:
            return
        manifest = {"metadata": {"generated_at": run["created_at"], "simulated": True}, "nodes": {}}
        self._artifacts.write(run_id, "manifest.json", json.dumps(manifest).encode())
        with self._store.writing() as session:
            now = self._clock.now()
            lifecycle.begin(session, run_id, now)
            for index in range(1, len(run["run_steps"]) + 1):
                lifecycle.begin_step(session, run_id, index, now)
                logs = "Simulated: this server was started without dbt.\n"
                lifecycle.end_step(session, run_id, index, now, success=True, logs=logs)
            lifecycle.end(session, run_id, now, lifecycle.Status.SUCCESS)

    def cancel(self, run_id: int) -> None:
        """Nothing to stop: no run is ever under way."""

    def close(self) -> None:
        """Nothing to stop."""
