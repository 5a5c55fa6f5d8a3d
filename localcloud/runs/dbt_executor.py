"""Executes runs with dbt, in parallel where dbt Cloud does.

A run of a deploy or merge job waits until the run of that job before it has ended; CI runs wait for
none. Source: https://docs.getdbt.com/docs/deploy/job-scheduler
"""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.cancellation import CancellationToken, Cause
from localcloud.clock import Clock
from localcloud.runs import lifecycle, samples
from localcloud.runs.completion import finish
from localcloud.runs.dbt_installation import Install, ensure
from localcloud.runs.execution import Execution, RunServices
from localcloud.runs.lifecycle import Status
from localcloud.runs.repositories import Repositories
from localcloud.runs.sql import Sql
from localcloud.runs.start import RunChanges
from localcloud.runs.warehouses import Warehouses
from localcloud.state.artifacts import Artifacts
from localcloud.state.store import Doc, Session, Store

RUN_SLOTS = 5
"""How many runs execute at the same time; in dbt Cloud the plan decides."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Waiting:
    """A queued run."""

    run_id: int
    job_id: int
    one_at_a_time: bool


@dataclass(frozen=True)
class _Active:
    """A run under way."""

    job_id: int
    cancellation: CancellationToken


class DbtExecutor:
    """Executes runs with dbt on DuckDB files in the data directory."""

    def __init__(
        self,
        store: Store,
        artifacts: Artifacts,
        clock: Clock,
        data_dir: Path,
        install: Install = ensure,
    ) -> None:
        """Work on the runs in `store`.

        Args:
            store: The state.
            artifacts: Where the files of runs are kept.
            clock: The server's time.
            data_dir: Where repositories are looked for, and clones and warehouses are made.
            install: Finds or installs dbt.
        """
        data_dir = data_dir.resolve()
        self.repositories = Repositories(data_dir / "repositories")
        self._services = RunServices(
            store=store,
            artifacts=artifacts,
            clock=clock,
            repositories=self.repositories,
            warehouses=Warehouses(data_dir / "warehouses"),
            directories=data_dir / "work",
            install=install,
        )
        self._sql = Sql(self._services)
        self._changed = threading.Condition()
        self._waiting: dict[int, _Waiting] = {}
        self._active: dict[int, _Active] = {}
        self._halted = True
        self._upkeep_cancellation = CancellationToken()
        self._runs = ThreadPoolExecutor(RUN_SLOTS, "run")
        self._upkeep = ThreadPoolExecutor(1, "upkeep")

    def start(self) -> None:
        """Begin work. Runs that were under way when the server ended fail; queued ones are executed."""
        # The clones of runs that are not executed any more.
        shutil.rmtree(self._services.directories, ignore_errors=True)
        samples.ensure(self._services.store, self.repositories.mirrors)
        changes = RunChanges()
        with self._services.store.writing() as session:
            for run in lifecycle.unfinished(session):
                if run["status"] == Status.QUEUED:
                    changes.started.append(run["id"])
                    continue
                message = "The server ended while this run was under way: start it again."
                now = self._services.clock.now()
                finish(session, run["id"], now, Status.ERROR, changes, message=message)
        self._halted = False
        self.take(changes)
        self.tidy()

    def take(self, changes: RunChanges) -> None:
        """Queue what was started; end what was cancelled."""
        with self._services.store.reading() as session:
            queued = [_waiting(session.get("run", run_id), session) for run_id in changes.started]
        with self._changed:
            for run in queued:
                if run is not None and run.run_id not in self._active:
                    self._waiting[run.run_id] = run
            for run_id in changes.cancelled:
                self._waiting.pop(run_id, None)
            cancelled = [
                self._active[run_id] for run_id in changes.cancelled if run_id in self._active
            ]
        for active in cancelled:
            active.cancellation.cancel(Cause.REQUESTED)
        self._start_waiting()

    def tidy(self) -> None:
        """Drop the schemas of pull requests that have ended, in the background."""
        with self._changed:
            if not self._halted:
                self._upkeep.submit(_logged(self._sql.drop_schemas), self._upkeep_cancellation)

    def query(self, project_id: int, environment_id: int, sql: str) -> dict[str, Any]:
        """Query a warehouse, once its turn has come.

        Raises:
            QueryError: There is no such warehouse, it does not understand, or it takes too long.
        """
        return self._sql.query(project_id, environment_id, sql)

    @contextmanager
    def emptying(self) -> Iterator[None]:
        """Cancel all runs and remove the warehouses; begin again after the block."""
        with self._changed:
            self._halted = True
        self._cancel_everything(Cause.REQUESTED)
        self._services.warehouses.clear()
        try:
            yield
        finally:
            with self._changed:
                self._waiting.clear()
                self._upkeep_cancellation = CancellationToken()
                self._halted = False
            with self._services.store.reading() as session:
                queued = lifecycle.queued(session)
            self.take(RunChanges(started=[run["id"] for run in queued]))

    def close(self) -> None:
        """Cancel all runs."""
        with self._changed:
            self._halted = True
        self._cancel_everything(Cause.SHUTDOWN)
        self._runs.shutdown()
        self._upkeep.shutdown()

    def _cancel_everything(self, cause: Cause) -> None:
        with self._changed:
            self._waiting.clear()
            cancellations = [active.cancellation for active in self._active.values()]
        for cancellation in (*cancellations, self._upkeep_cancellation):
            cancellation.cancel(cause)
        with self._changed:
            self._changed.wait_for(lambda: not self._active)
        # After everything else in the queue of the upkeep's one thread.
        self._upkeep.submit(lambda: None).result()

    def _start_waiting(self) -> None:
        """Start every waiting run whose turn has come."""
        with self._changed:
            busy = {active.job_id for active in self._active.values()}
            for waiting in sorted(self._waiting.values(), key=lambda run: run.run_id):
                if self._halted or len(self._active) >= RUN_SLOTS:
                    return
                if waiting.one_at_a_time and waiting.job_id in busy:
                    continue
                busy.add(waiting.job_id)
                del self._waiting[waiting.run_id]
                cancellation = CancellationToken()
                self._active[waiting.run_id] = _Active(waiting.job_id, cancellation)
                self._runs.submit(_logged(self._execute), waiting.run_id, cancellation)

    def _execute(self, run_id: int, cancellation: CancellationToken) -> None:
        changes = RunChanges()
        try:
            changes = Execution(self._services, run_id, cancellation).execute()
        finally:
            with self._changed:
                del self._active[run_id]
                self._changed.notify_all()
                halted = self._halted
            if not halted:
                self.take(changes)


def _waiting(run: Doc | None, session: Session) -> _Waiting | None:
    if run is None or run["status"] != Status.QUEUED:
        return None
    job = session.get("job", run["job_definition_id"])
    one_at_a_time = job is None or job["job_type"] != "ci"
    return _Waiting(run["id"], run["job_definition_id"], one_at_a_time)


def _logged(task: Callable[..., None]) -> Callable[..., None]:
    """`task`, with its failure in the server's log: a thread pool does not report it."""

    def run(*arguments: Any) -> None:  # noqa: ANN401 - those of `task`
        try:
            task(*arguments)
        except BaseException:
            _LOG.exception("a task of the executor failed")
            raise

    return run
