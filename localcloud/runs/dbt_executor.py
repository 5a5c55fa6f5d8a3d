"""Executes runs with dbt, side by side where dbt Cloud does.

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

from localcloud.control.clock import Clock
from localcloud.runs import lifecycle, samples
from localcloud.runs.artifacts import Artifacts
from localcloud.runs.cancellation import Stop
from localcloud.runs.completion import finish
from localcloud.runs.dbt_installation import Install, ensure
from localcloud.runs.execution import CANCELLED, CLOSING, Execution, RunServices
from localcloud.runs.lifecycle import Status
from localcloud.runs.repositories import Repositories
from localcloud.runs.sql import Sql
from localcloud.runs.start import Work
from localcloud.runs.warehouses import Warehouses
from localcloud.state.store import Doc, Session, Store

RUN_SLOTS = 5
"""How many runs are under way at once; dbt Cloud's number depends on the plan."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Waiting:
    """A queued run."""

    run_id: int
    job_id: int
    in_turn: bool


@dataclass(frozen=True)
class _Active:
    """A run under way."""

    job_id: int
    stop: Stop


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
        self._shop = RunServices(
            store=store,
            artifacts=artifacts,
            clock=clock,
            repositories=self.repositories,
            warehouses=Warehouses(data_dir / "warehouses"),
            work=data_dir / "work",
            install=install,
        )
        self._sql = Sql(self._shop)
        self._changed = threading.Condition()
        self._waiting: dict[int, _Waiting] = {}
        self._active: dict[int, _Active] = {}
        self._halted = True
        self._upkeep_stop = Stop()
        self._runs = ThreadPoolExecutor(RUN_SLOTS, "run")
        self._upkeep = ThreadPoolExecutor(1, "upkeep")

    def start(self) -> None:
        """Begin work. A run that was under way when the server died has failed; queued ones go on."""
        # The clones of runs that nobody executes any more.
        shutil.rmtree(self._shop.work, ignore_errors=True)
        samples.ensure(self._shop.store, self.repositories.mirrors)
        work = Work()
        with self._shop.store.writing() as session:
            for run in lifecycle.unfinished(session):
                if run["status"] == Status.QUEUED:
                    work.started.append(run["id"])
                    continue
                message = "The server ended while this run was under way: start it again."
                now = self._shop.clock.now()
                finish(session, run["id"], now, Status.ERROR, work, message=message)
        self._halted = False
        self.take(work)
        self.tidy()

    def take(self, work: Work) -> None:
        """Queue what was started; stop what was cancelled."""
        with self._shop.store.reading() as session:
            queued = [_waiting(session.get("run", run_id), session) for run_id in work.started]
        with self._changed:
            self._waiting.update(
                {
                    each.run_id: each
                    for each in queued
                    if each is not None and each.run_id not in self._active
                }
            )
            for run_id in work.cancelled:
                self._waiting.pop(run_id, None)
            stops = [
                self._active[run_id].stop for run_id in work.cancelled if run_id in self._active
            ]
        for stop in stops:
            stop.ask(CANCELLED)
        self._begin_what_may()

    def tidy(self) -> None:
        """Drop the schemas of pull requests that are over, in the background."""
        with self._changed:
            if not self._halted:
                self._upkeep.submit(_logged(self._sql.drop_schemas), self._upkeep_stop)

    def query(self, project_id: int, environment_id: int, sql: str) -> dict[str, Any]:
        """Ask a warehouse, once its turn has come.

        Raises:
            QueryError: There is no such warehouse, it does not understand, or it takes too long.
        """
        return self._sql.query(project_id, environment_id, sql)

    @contextmanager
    def emptying(self) -> Iterator[None]:
        """Stop all work and remove the warehouses; begin again after the block."""
        with self._changed:
            self._halted = True
        self._stop_everything(CANCELLED)
        self._shop.warehouses.clear()
        try:
            yield
        finally:
            with self._changed:
                self._waiting.clear()
                self._upkeep_stop = Stop()
                self._halted = False
            with self._shop.store.reading() as session:
                queued = lifecycle.queued(session)
            self.take(Work(started=[run["id"] for run in queued]))

    def close(self) -> None:
        """Stop all work."""
        with self._changed:
            self._halted = True
        self._stop_everything(CLOSING)
        self._runs.shutdown()
        self._upkeep.shutdown()

    def _stop_everything(self, reason: str) -> None:
        with self._changed:
            self._waiting.clear()
            stops = [active.stop for active in self._active.values()]
        for stop in (*stops, self._upkeep_stop):
            stop.ask(reason)
        with self._changed:
            self._changed.wait_for(lambda: not self._active)
        # Behind all that the one thread of the upkeep has to do.
        self._upkeep.submit(lambda: None).result()

    def _begin_what_may(self) -> None:
        with self._changed:
            busy = {active.job_id for active in self._active.values()}
            for waiting in sorted(self._waiting.values(), key=lambda each: each.run_id):
                if self._halted or len(self._active) >= RUN_SLOTS:
                    return
                if waiting.in_turn and waiting.job_id in busy:
                    continue
                busy.add(waiting.job_id)
                del self._waiting[waiting.run_id]
                stop = Stop()
                self._active[waiting.run_id] = _Active(waiting.job_id, stop)
                self._runs.submit(_logged(self._execute), waiting.run_id, stop)

    def _execute(self, run_id: int, stop: Stop) -> None:
        work = Work()
        try:
            work = Execution(self._shop, run_id, stop).work()
        finally:
            with self._changed:
                del self._active[run_id]
                self._changed.notify_all()
                going_on = not self._halted
            if going_on:
                self.take(work)


def _waiting(run: Doc | None, session: Session) -> _Waiting | None:
    if run is None or run["status"] != Status.QUEUED:
        return None
    job = session.get("job", run["job_definition_id"])
    in_turn = job is None or job["job_type"] != "ci"
    return _Waiting(run["id"], run["job_definition_id"], in_turn)


def _logged(work: Callable[..., None]) -> Callable[..., None]:
    """`work`, whose failure the server's log tells: nobody asks a thread of a pool for its own."""

    def working(*arguments: Any) -> None:  # noqa: ANN401 - those of `work`
        try:
            work(*arguments)
        except BaseException:
            _LOG.exception("work on runs failed")
            raise

    return working
