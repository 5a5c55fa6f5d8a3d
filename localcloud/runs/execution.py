"""The work of one run, step by step, from its clone to its end."""

import shlex
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from localcloud.control.clock import Clock
from localcloud.runs import (
    deferral,
    lifecycle,
    pull_requests,
    repositories,
    run_inputs,
    steps,
    subprocess_runner,
)
from localcloud.runs.artifacts import Artifacts
from localcloud.runs.cancellation import Stop, StoppedError
from localcloud.runs.completion import finish
from localcloud.runs.dbt_installation import DbtInstallation, Install, InstallationError
from localcloud.runs.deferral import DeferralError
from localcloud.runs.lifecycle import Status
from localcloud.runs.repositories import Commit, Repositories, RepositoryError
from localcloud.runs.run_directory import NOT_KEPT, RunDirectory
from localcloud.runs.run_inputs import Plan, PlanError
from localcloud.runs.start import PULL_REQUEST_IDS, Work, pull_request_of
from localcloud.runs.step_log import StepLog, without
from localcloud.runs.steps import Kind
from localcloud.runs.warehouses import Warehouses
from localcloud.state.store import Doc, Store

CANCELLED: Final = "cancelled"
CLOSING: Final = "closing"
_TIMED_OUT: Final = "the run took longer than its timeout of"

_WITHOUT_WAREHOUSE = frozenset({"clean", "deps", "init", "list", "ls", "parse"})
"""Commands that open no connection."""

_PACKAGE_FILES = ("packages.yml", "dependencies.yml")


class StepError(Exception):
    """A step has failed; the text is the end of its log."""


@dataclass(frozen=True)
class RunServices:
    """What all runs share.

    Attributes:
        store: The state.
        artifacts: Where the files of runs are kept.
        clock: The server's time.
        repositories: What is cloned.
        warehouses: What is built into.
        work: Directory of the runs that are under way.
        install: Finds or installs dbt.
    """

    store: Store
    artifacts: Artifacts
    clock: Clock
    repositories: Repositories
    warehouses: Warehouses
    work: Path
    install: Install


class Execution:
    """One run, executed."""

    def __init__(self, shop: RunServices, run_id: int, stop: Stop) -> None:
        """The run of that number, until `stop` is asked for."""
        self._shop = shop
        self._run_id = run_id
        self._stop = stop
        self._bench = RunDirectory(shop.work, run_id)
        self._secrets: frozenset[str] = frozenset()
        self._dbt: DbtInstallation | None = None
        self._variables: dict[str, str] = {}
        self._state_is_there = False

    def work(self) -> Work:
        """Take the run to its end; return what that end has started."""
        with self._shop.store.writing() as session:
            if not lifecycle.starting(session, self._run_id, self._now()):
                return Work()
        try:
            return self._work()
        except StoppedError as stopped:
            return self._stopped(str(stopped))
        except PlanError as error:
            return self._end(Status.ERROR, f"{error}.")
        except BaseException:
            self._end(Status.ERROR, "The server failed; its log says how.")
            raise
        finally:
            self._bench.tear_down()

    def _work(self) -> Work:
        with self._shop.store.reading() as session:
            made = run_inputs.read(session, self._run_id, self._shop.warehouses)
        self._secrets = made.secrets
        self._bench.set_up()
        with self._shop.store.writing() as session:
            lifecycle.begin(session, self._run_id, self._now())
        reason = f"{_TIMED_OUT} {made.timeout_seconds} s"
        limit = threading.Timer(made.timeout_seconds, self._stop.ask, (reason,))
        limit.start()
        try:
            for step in made.run["run_steps"]:
                self._stop.check()
                if not self._step(made, step) and not step["may_fail"]:
                    return self._end(Status.ERROR, f"{step['name']} failed.")
        finally:
            limit.cancel()
        return self._end(Status.SUCCESS, None)

    def _step(self, made: Plan, step: Doc) -> bool:
        """Do a step; return whether it succeeded."""
        index: int = step["index"]
        with self._shop.store.writing() as session:
            lifecycle.begin_step(session, self._run_id, index, self._now())
        log = StepLog(lambda text: self._keep_log(index, text), self._secrets)
        try:
            self._do(made, step, log)
            success = True
        except (StepError, RepositoryError, InstallationError, DeferralError) as error:
            log.write(f"{str(error).rstrip()}\n")
            success = False
        finally:
            log.flush()
        with self._shop.store.writing() as session:
            now = self._now()
            lifecycle.end_step(session, self._run_id, index, now, success=success, logs=log.text)
        return success

    def _do(self, made: Plan, step: Doc, log: StepLog) -> None:
        if step["kind"] == Kind.CLONE:
            self._clone(made, log)
        elif step["kind"] == Kind.PROFILE:
            self._dbt = self._shop.install(log.write, self._stop)
            self._bench.write_profile(made)
            version = made.run["dbt_version"]
            log.write(f"dbt {self._dbt.version} runs, whatever the version asked for ({version})\n")
            log.write(f"schema {made.schema} in {made.warehouse}, {made.threads} threads\n")
        elif step["kind"] == Kind.DEPS and not self._has_packages(made):
            log.write(f"Nothing to install: there is no {' and no '.join(_PACKAGE_FILES)}\n")
        else:
            self._command(made, step, log)

    def _clone(self, made: Plan, log: StepLog) -> None:
        path = self._shop.repositories.locate(made.repository)
        commit = self._commit(made, path)
        with self._shop.store.writing() as session:
            facts = {"git_sha": commit.sha, "git_branch": commit.branch}
            lifecycle.note(session, self._run_id, self._now(), **facts)
        environment = repositories.git_environment()
        for command in repositories.clone_commands(path, commit, self._bench.clone):
            self._call(command, self._bench.top, environment, log)
        if not (self._bench.clone / made.subdirectory).is_dir():
            raise StepError(f"the repository has no directory {made.subdirectory} at this commit")
        self._variables = {
            **made.variables,
            **made.dbt_cloud_variables(commit.sha, commit.branch),
        }

    def _commit(self, made: Plan, path: Path) -> Commit:
        trigger = made.run["trigger"]
        sha, branch = trigger["git_sha"], trigger["git_branch"]
        number = pull_request_of(trigger)
        if number is not None and not sha and not branch:
            with self._shop.store.reading() as session:
                branch = pull_requests.branch_of(session, made.repository["id"], number)
            sha = None if branch else repositories.pull_request_head(path, number)
            if not sha and not branch:
                names = " or ".join(PULL_REQUEST_IDS)
                message = f"pull request {number} is not known here: with {names} also give git_sha"
                raise RepositoryError(message)
        return repositories.commit_of(path, sha=sha, branch=branch or made.branch)

    def _has_packages(self, made: Plan) -> bool:
        project = self._bench.clone / made.subdirectory
        return any((project / name).is_file() for name in _PACKAGE_FILES)

    def _command(self, made: Plan, step: Doc, log: StepLog) -> None:
        command = self._parsed(step["command"])
        index: int = step["index"]
        variables = dict(self._variables)
        if step["kind"] == Kind.COMMAND:
            variables |= self._deferral(made, log)
        if step["retries_step"] is not None:
            variables |= self._retried(made, step["retries_step"])
        self._bench.forget_results()
        environment = self._bench.environment(index, variables)
        project = self._bench.clone / made.subdirectory
        try:
            if steps.asked(command) in _WITHOUT_WAREHOUSE:
                self._call(command, project, environment, log)
                return
            if not self._shop.warehouses.is_free([made.warehouse]):
                log.write("Waiting: DuckDB lets one process at a time use a file\n")
                log.flush()
            with self._shop.warehouses.using([made.warehouse], self._stop):
                self._call(command, project, environment, log)
        finally:
            self._keep_files(index)

    def _parsed(self, command: str) -> list[str]:
        try:
            first, *arguments = shlex.split(command) or [""]
        except ValueError as error:
            raise StepError(f"{command!r} is not a command: {error}") from None
        if first != "dbt":
            raise StepError(f"{command!r} is not a command of dbt: it begins with another word")
        assert self._dbt is not None  # noqa: S101 - a step before has found it, or the run has ended
        return [str(self._dbt.dbt), *arguments]

    def _deferral(self, made: Plan, log: StepLog) -> dict[str, str]:
        """What makes dbt take unchanged models from elsewhere, if the job says so."""
        if not self._state_is_there:
            with self._shop.store.reading() as session:
                found = deferral.newest_manifest(session, self._shop.artifacts, made.job)
            if found is None:
                return {}
            self._bench.state.mkdir()
            (self._bench.state / "manifest.json").write_bytes(found.manifest)
            with self._shop.store.writing() as session:
                lifecycle.note(session, self._run_id, self._now(), deferring_run_id=found.run_id)
            log.write(f"Deferring to run {found.run_id}, {found.source}\n")
            self._state_is_there = True
        return {"DBT_DEFER": "true", "DBT_STATE": str(self._bench.state)}

    def _retried(self, made: Plan, index: int) -> dict[str, str]:
        """What makes `dbt retry` take up the failed step of an earlier run."""
        self._bench.retried.mkdir()
        for name in ("manifest.json", "run_results.json"):
            content = self._shop.artifacts.read(made.run["retrying_run_id"], name, step=index)
            if content is None:
                raise StepError(f"run {made.run['retrying_run_id']} has left no {name} to take up")
            (self._bench.retried / name).write_bytes(content)
        state = {"DBT_STATE": str(self._bench.retried)}
        return state | ({"DBT_DEFER_STATE": str(self._bench.state)} if self._state_is_there else {})

    def _call(
        self,
        command: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        log: StepLog,
    ) -> None:
        try:
            code = subprocess_runner.run(
                command, directory=directory, environment=environment, log=log, stop=self._stop
            )
        except StoppedError as stopped:
            log.write(f"Stopped: {stopped}\n")
            raise
        if code:
            raise StepError(f"{Path(command[0]).name} ended with exit code {code}")

    def _keep_files(self, index: int) -> None:
        """Keep what the step has written, however it ended."""
        debug_log = without(self._secrets, self._bench.debug_log(index))
        self._shop.artifacts.write_debug_log(self._run_id, index, debug_log)
        self._shop.artifacts.keep(self._run_id, index, self._bench.target, NOT_KEPT)

    def _keep_log(self, index: int, text: str) -> None:
        with self._shop.store.writing() as session:
            lifecycle.log_step(session, self._run_id, index, self._now(), text)

    def _stopped(self, reason: str) -> Work:
        if reason.startswith(_TIMED_OUT):
            return self._end(Status.CANCELLED, f"Cancelled: {reason}.")
        # Cancelled: the record says so already. Closing: the next server sees to it.
        return Work()

    def _end(self, status: Status, message: str | None) -> Work:
        work = Work()
        paths = set(self._shop.artifacts.paths(self._run_id))
        with self._shop.store.writing() as session:
            finish(
                session,
                self._run_id,
                self._now(),
                status,
                work,
                message=message,
                artifacts_saved=bool(paths),
                has_docs_generated="catalog.json" in paths,
                has_sources_generated="sources.json" in paths,
            )
        return work

    def _now(self) -> datetime:
        return self._shop.clock.now()
