"""The executor of runs, as the rest of the server sees it; and one that only simulates."""

import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from localcloud.clock import Clock
from localcloud.runs import lifecycle
from localcloud.runs.completion import finish
from localcloud.runs.start import RunChanges
from localcloud.state.artifacts import Artifacts
from localcloud.state.store import Store


class QueryError(Exception):
    """A question to a warehouse has no answer; the text says why."""


class Executor(Protocol):
    """Executes runs, from queued to an end.

    It changes a run's record only through `localcloud.runs.lifecycle` and `.completion`, each time in
    a transaction of its own, and does not change a run that has ended meanwhile.
    """

    def start(self) -> None:
        """Begin work; handle the runs that an earlier server process left unfinished."""

    def take(self, changes: RunChanges) -> None:
        """Execute runs just stored as queued, and stop those just stored as cancelled.

        Returns without waiting for either.
        """

    def tidy(self) -> None:
        """Drop the schemas of pull requests that have ended. Returns without waiting."""

    def query(self, project_id: int, environment_id: int, sql: str) -> dict[str, Any]:
        """What the warehouse of an environment answers, as `columns` and `rows`.

        Raises:
            QueryError: There is no such warehouse, or it does not understand.
        """

    def emptying(self) -> AbstractContextManager[None]:
        """Cancel all runs and remove what runs have built; start no run during the block.

        Continues with the runs that are queued in the state when the block ends.
        """

    def close(self) -> None:
        """Cancel all runs. The next server process handles unfinished runs."""


class SimulatedExecutor:
    """Ends every run at once as a success, without dbt.

    Each step logs one line that says so; the run gets a `manifest.json` without nodes.
    """

    def __init__(self, store: Store, artifacts: Artifacts, clock: Clock, _data_dir: Path) -> None:
        """Work on the runs in `store`, leaving files in `artifacts`."""
        self._store = store
        self._artifacts = artifacts
        self._clock = clock

    def start(self) -> None:
        """End the runs that an earlier process left unfinished."""
        with self._store.reading() as session:
            unfinished = lifecycle.unfinished(session)
        self.take(RunChanges(started=[run["id"] for run in unfinished]))

    def take(self, changes: RunChanges) -> None:
        """Take the started runs to their success, and those that they start."""
        waiting = list(changes.started)
        while waiting:
            waiting += self._end(waiting.pop(0)).started

    def tidy(self) -> None:
        """Nothing to do: no run has built anything."""

    def query(self, project_id: int, environment_id: int, sql: str) -> dict[str, Any]:
        """Refuse: no run has built anything."""
        message = "runs are simulated, so there is no warehouse: start the server with --runs real"
        raise QueryError(message)

    def emptying(self) -> AbstractContextManager[None]:
        """Nothing to stop: no run is ever under way."""
        return nullcontext()

    def close(self) -> None:
        """Nothing to stop."""

    def _end(self, run_id: int) -> RunChanges:
        changes = RunChanges()
        with self._store.reading() as session:
            run = session.get("run", run_id)
        if run is None:
            return changes
        manifest = {"metadata": {"generated_at": run["created_at"], "simulated": True}, "nodes": {}}
        self._artifacts.write(run_id, "manifest.json", json.dumps(manifest).encode())
        with self._store.writing() as session:
            now = self._clock.now()
            lifecycle.begin(session, run_id, now)
            for index in range(1, len(run["run_steps"]) + 1):
                lifecycle.begin_step(session, run_id, index, now)
                logs = "Simulated: this server was started without dbt.\n"
                lifecycle.end_step(session, run_id, index, now, success=True, logs=logs)
            finish(session, run_id, now, lifecycle.Status.SUCCESS, changes)
        return changes
