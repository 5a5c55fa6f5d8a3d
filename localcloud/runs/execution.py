"""The execution of one run, step by step, from its clone to its end."""

import shlex
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from localcloud.cancellation import CancellationError, CancellationToken, Cause
from localcloud.clock import Clock
from localcloud.runs import (
    deferral,
    lifecycle,
    pull_requests,
    repositories,
    run_inputs,
    steps,
    subprocess_runner,
)
from localcloud.runs.completion import finish
from localcloud.runs.dbt_installation import DbtInstallation, Install, InstallationError
from localcloud.runs.deferral import DeferralError
from localcloud.runs.lifecycle import Status
from localcloud.runs.repositories import Commit, Repositories, RepositoryError
from localcloud.runs.run_directory import NOT_KEPT, RunDirectory
from localcloud.runs.run_inputs import RunInputs, RunInputsError
from localcloud.runs.start import PULL_REQUEST_IDS, RunChanges, pull_request_of
from localcloud.runs.step_log import StepLog, without
from localcloud.runs.steps import Kind
from localcloud.runs.warehouses import Warehouses
from localcloud.state.artifacts import Artifacts
from localcloud.state.store import Doc, Store

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
        directories: Where each run that is under way has a directory.
        install: Finds or installs dbt.
    """

    store: Store
    artifacts: Artifacts
    clock: Clock
    repositories: Repositories
    warehouses: Warehouses
    directories: Path
    install: Install


class Execution:
    """One run, executed."""

    def __init__(self, services: RunServices, run_id: int, cancellation: CancellationToken) -> None:
        """The run of that number, until it is cancelled."""
        self._services = services
        self._run_id = run_id
        self._cancellation = cancellation
        self._directory = RunDirectory(services.directories, run_id)
        self._secrets: frozenset[str] = frozenset()
        self._dbt: DbtInstallation | None = None
        self._variables: dict[str, str] = {}
        self._state_is_there = False

    def execute(self) -> RunChanges:
        """Take the run to its end; return the runs that the end started."""
        with self._services.store.writing() as session:
            if not lifecycle.dequeue(session, self._run_id, self._now()):
                return RunChanges()
        try:
            return self._execute_steps()
        except CancellationError as error:
            if error.cause is Cause.TIMEOUT:
                return self._end(Status.CANCELLED, f"Cancelled: {error}.")
            # On a request, the run is recorded as cancelled already; on a shutdown, the next
            # server ends it.
            return RunChanges()
        except RunInputsError as error:
            return self._end(Status.ERROR, f"{error}.")
        except BaseException:
            self._end(Status.ERROR, "The server failed; its log says how.")
            raise
        finally:
            self._directory.tear_down()

    def _execute_steps(self) -> RunChanges:
        with self._services.store.reading() as session:
            inputs = run_inputs.read(session, self._run_id, self._services.warehouses)
        self._secrets = inputs.secrets
        self._directory.set_up()
        with self._services.store.writing() as session:
            lifecycle.begin(session, self._run_id, self._now())
        message = f"the run took longer than its timeout of {inputs.timeout_seconds} s"
        limit = threading.Timer(
            inputs.timeout_seconds, self._cancellation.cancel, (Cause.TIMEOUT, message)
        )
        limit.start()
        try:
            for step in inputs.run["run_steps"]:
                self._cancellation.check()
                if not self._step(inputs, step) and not step["may_fail"]:
                    return self._end(Status.ERROR, f"{step['name']} failed.")
        finally:
            limit.cancel()
        return self._end(Status.SUCCESS, None)

    def _step(self, inputs: RunInputs, step: Doc) -> bool:
        """Execute a step; return whether it succeeded."""
        index: int = step["index"]
        with self._services.store.writing() as session:
            lifecycle.begin_step(session, self._run_id, index, self._now())
        log = StepLog(lambda text: self._keep_log(index, text), self._secrets)
        try:
            self._do(inputs, step, log)
            success = True
        except (StepError, RepositoryError, InstallationError, DeferralError) as error:
            log.write(f"{str(error).rstrip()}\n")
            success = False
        finally:
            log.flush()
        with self._services.store.writing() as session:
            now = self._now()
            lifecycle.end_step(session, self._run_id, index, now, success=success, logs=log.text)
        return success

    def _do(self, inputs: RunInputs, step: Doc, log: StepLog) -> None:
        if step["kind"] == Kind.CLONE:
            self._clone(inputs, log)
        elif step["kind"] == Kind.PROFILE:
            self._dbt = self._services.install(log.write, self._cancellation)
            self._directory.write_profile(inputs)
            version = inputs.run["dbt_version"]
            log.write(f"dbt {self._dbt.version} runs, whatever the version asked for ({version})\n")
            log.write(f"schema {inputs.schema} in {inputs.warehouse}, {inputs.threads} threads\n")
        elif step["kind"] == Kind.DEPS and not self._has_packages(inputs):
            log.write(f"Nothing to install: there is no {' and no '.join(_PACKAGE_FILES)}\n")
        else:
            self._command(inputs, step, log)

    def _clone(self, inputs: RunInputs, log: StepLog) -> None:
        path = self._services.repositories.locate(inputs.repository)
        commit = self._commit(inputs, path)
        with self._services.store.writing() as session:
            facts = {"git_sha": commit.sha, "git_branch": commit.branch}
            lifecycle.note(session, self._run_id, self._now(), **facts)
        environment = repositories.git_environment()
        for command in repositories.clone_commands(path, commit, self._directory.clone):
            self._call(command, self._directory.top, environment, log)
        if not (self._directory.clone / inputs.subdirectory).is_dir():
            raise StepError(f"the repository has no directory {inputs.subdirectory} at this commit")
        self._variables = {
            **inputs.variables,
            **inputs.dbt_cloud_variables(commit.sha, commit.branch),
        }

    def _commit(self, inputs: RunInputs, path: Path) -> Commit:
        trigger = inputs.run["trigger"]
        sha, branch = trigger["git_sha"], trigger["git_branch"]
        number = pull_request_of(trigger)
        if number is not None and not sha and not branch:
            with self._services.store.reading() as session:
                branch = pull_requests.branch_of(session, inputs.repository["id"], number)
            sha = None if branch else repositories.pull_request_head(path, number)
            if not sha and not branch:
                names = " or ".join(PULL_REQUEST_IDS)
                message = f"pull request {number} is not known here: with {names} also give git_sha"
                raise RepositoryError(message)
        return repositories.commit_of(path, sha=sha, branch=branch or inputs.branch)

    def _has_packages(self, inputs: RunInputs) -> bool:
        project = self._directory.clone / inputs.subdirectory
        return any((project / name).is_file() for name in _PACKAGE_FILES)

    def _command(self, inputs: RunInputs, step: Doc, log: StepLog) -> None:
        command = self._parsed(step["command"])
        index: int = step["index"]
        variables = dict(self._variables)
        if step["kind"] == Kind.COMMAND:
            variables |= self._deferral(inputs, log)
        if step["retries_step"] is not None:
            variables |= self._retried(inputs, step["retries_step"])
        self._directory.forget_results()
        environment = self._directory.environment(index, variables)
        project = self._directory.clone / inputs.subdirectory
        try:
            if steps.subcommand(command) in _WITHOUT_WAREHOUSE:
                self._call(command, project, environment, log)
                return
            if not self._services.warehouses.is_free([inputs.warehouse]):
                log.write("Waiting: DuckDB lets one process at a time use a file\n")
                log.flush()
            with self._services.warehouses.using([inputs.warehouse], self._cancellation):
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

    def _deferral(self, inputs: RunInputs, log: StepLog) -> dict[str, str]:
        """The variables that make dbt defer, if the job defers."""
        if not self._state_is_there:
            with self._services.store.reading() as session:
                found = deferral.newest_manifest(session, self._services.artifacts, inputs.job)
            if found is None:
                return {}
            self._directory.state.mkdir()
            (self._directory.state / "manifest.json").write_bytes(found.manifest)
            with self._services.store.writing() as session:
                lifecycle.note(session, self._run_id, self._now(), deferring_run_id=found.run_id)
            log.write(f"Deferring to run {found.run_id}, {found.source}\n")
            self._state_is_there = True
        return {"DBT_DEFER": "true", "DBT_STATE": str(self._directory.state)}

    def _retried(self, inputs: RunInputs, index: int) -> dict[str, str]:
        """The variables that make `dbt retry` retry the failed step of an earlier run."""
        self._directory.retried.mkdir()
        for name in ("manifest.json", "run_results.json"):
            content = self._services.artifacts.read(inputs.run["retrying_run_id"], name, step=index)
            if content is None:
                raise StepError(
                    f"run {inputs.run['retrying_run_id']} has left no {name} to retry from"
                )
            (self._directory.retried / name).write_bytes(content)
        state = {"DBT_STATE": str(self._directory.retried)}
        return state | (
            {"DBT_DEFER_STATE": str(self._directory.state)} if self._state_is_there else {}
        )

    def _call(
        self,
        command: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        log: StepLog,
    ) -> None:
        try:
            code = subprocess_runner.run(
                command,
                directory=directory,
                environment=environment,
                log=log,
                cancellation=self._cancellation,
            )
        except CancellationError as error:
            log.write(f"Stopped: {error}\n")
            raise
        if code:
            raise StepError(f"{Path(command[0]).name} ended with exit code {code}")

    def _keep_files(self, index: int) -> None:
        """Keep the files of the step, whether it failed or not."""
        debug_log = without(self._secrets, self._directory.debug_log(index))
        self._services.artifacts.write_debug_log(self._run_id, index, debug_log)
        self._services.artifacts.keep(self._run_id, index, self._directory.target, NOT_KEPT)

    def _keep_log(self, index: int, text: str) -> None:
        with self._services.store.writing() as session:
            lifecycle.log_step(session, self._run_id, index, self._now(), text)

    def _end(self, status: Status, message: str | None) -> RunChanges:
        changes = RunChanges()
        paths = set(self._services.artifacts.paths(self._run_id))
        with self._services.store.writing() as session:
            finish(
                session,
                self._run_id,
                self._now(),
                status,
                changes,
                message=message,
                artifacts_saved=bool(paths),
                has_docs_generated="catalog.json" in paths,
                has_sources_generated="sources.json" in paths,
            )
        return changes

    def _now(self) -> datetime:
        return self._services.clock.now()
