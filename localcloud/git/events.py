"""The events that a git host sends dbt Cloud by webhook: pull requests and merges.

Which jobs an event starts: https://docs.getdbt.com/docs/deploy/ci-jobs and
https://docs.getdbt.com/docs/deploy/merge-jobs . Each job that an event could have started and did
not is named with the reason.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from localcloud.http import account_plans
from localcloud.http.operation import Services
from localcloud.runs import pull_requests, repositories
from localcloud.runs.completion import cancel_for_pull_request
from localcloud.runs.deactivation import FAILURES
from localcloud.runs.repositories import Commit, RepositoryError
from localcloud.runs.start import RunChanges, pull_request_schema, start_run
from localcloud.state.query import Condition, equals
from localcloud.state.store import ACTIVE, Doc, Session, Store


class Action(StrEnum):
    """What happened to the pull request."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"
    MERGED = "merged"


class GitEventBody(BaseModel):
    """An event.

    Attributes:
        action: What happened.
        repository: The repository: its `remote_url`, its full name such as `example/analytics`, or
            its path on this machine.
        number: The pull request's number.
        branch: Its branch. Default: that of an earlier event.
        base: The branch it is to be merged into. Default: the repository's default branch.
        sha: The newest commit; of `base` after a merge. Default: what the repository has.
        draft: Whether it is a draft.
    """

    model_config = ConfigDict(extra="forbid")

    action: Action
    repository: str = Field(min_length=1)
    number: int = Field(ge=1)
    branch: str | None = None
    base: str | None = None
    sha: str | None = None
    draft: bool = False


class GitEventError(Exception):
    """An event that is not possible; the text says why.

    Attributes:
        path: Which field of the event is wrong.
    """

    def __init__(self, path: str, problem: str) -> None:
        """A refusal of that field."""
        super().__init__(problem)
        self.path = path


@dataclass
class _Outcome:
    """The runs and schemas that an event affects."""

    changes: RunChanges = field(default_factory=RunChanges)
    started: list[Doc] = field(default_factory=list)
    not_started: list[Doc] = field(default_factory=list)
    schemas: list[str] = field(default_factory=list)

    def start(self, job: Doc, run: Doc) -> None:
        self.started.append({**_job_fields(job), "run_id": run["id"]})

    def refuse(self, job: Doc, reason: str) -> None:
        self.not_started.append({**_job_fields(job), "reason": reason})

    def answer(self) -> dict[str, Any]:
        return {
            "started": self.started,
            "not_started": self.not_started,
            "cancelled_runs": self.changes.cancelled,
            "dropping_schemas": self.schemas,
        }


@dataclass(frozen=True)
class _Target:
    """A repository that an event is about, in a project it is attached to.

    Attributes:
        project: The project.
        repository: The repository as dbt Cloud has it.
        default_branch: The repository's.
        base: The branch that the pull request goes into.
        head: The newest commit of the pull request; of `base`, once it is merged.
    """

    project: Doc
    repository: Doc
    default_branch: str
    base: str
    head: Commit


_STARTING = frozenset({Action.OPENED, Action.UPDATED})

_PULL_REQUEST_ID = {
    "github_app": "github_pull_request_id",
    "deploy_token": "gitlab_merge_request_id",
    "azure_active_directory_app": "azure_pull_request_id",
}
"""The field of a run with its pull request, by the repository's clone strategy; others send no events."""


class GitEvents:
    """Handles events."""

    def __init__(self, store: Store, services: Services) -> None:
        """Change the runs in `store`, and pass them to the executor."""
        self._store = store
        self._services = services

    def take(self, event: GitEventBody) -> dict[str, Any]:
        """React to the event as dbt Cloud does; return the runs started, refused and cancelled.

        Raises:
            GitEventError: The repository is not known, or has no such branch or commit.
        """
        outcome = _Outcome()
        with self._store.reading() as session:
            targets = [
                _target(session, event, *found) for found in self._find(session, event.repository)
            ]
        with self._store.writing() as session:
            for target in targets:
                self._take_at(session, target, event, outcome)
        self._services.executor.take(outcome.changes)
        if outcome.schemas:
            self._services.executor.tidy()
        return outcome.answer()

    def _take_at(
        self, session: Session, target: _Target, event: GitEventBody, outcome: _Outcome
    ) -> None:
        if event.action in _STARTING:
            update = pull_requests.PullRequestUpdate("open", target.head.branch, [])
            pull_requests.record(session, target.repository, event.number, update)
            self._start_jobs(session, target, event, outcome)
            return
        schemas = self._end_pull_request(session, target, event.number, outcome)
        merged = event.action is Action.MERGED
        update = pull_requests.PullRequestUpdate(
            "merged" if merged else "closed", event.branch, schemas
        )
        pull_requests.record(session, target.repository, event.number, update)
        if merged:
            self._start_jobs(session, target, event, outcome)

    def _start_jobs(
        self, session: Session, target: _Target, event: GitEventBody, outcome: _Outcome
    ) -> None:
        """Start the merge jobs after a merge, otherwise the CI jobs."""
        merged = event.action is Action.MERGED
        now, head = self._services.clock.now(), target.head
        for job in _jobs(session, target.project, "merge" if merged else "ci"):
            reason = (
                _no_merge_reason(session, target, job)
                if merged
                else _no_ci_reason(session, target, job, draft=event.draft)
            )
            if job.get("deactivated"):
                reason = f"it is deactivated: {FAILURES} runs in a row failed"
            if reason is not None:
                outcome.refuse(job, reason)
                continue
            overrides: Doc = {"git_sha": head.sha, "git_branch": head.branch}
            cause = f"Merge of pull request #{event.number}"
            if not merged:
                cause = f"Pull request #{event.number} {event.action}: {head.branch}"
                overrides[_PULL_REQUEST_ID[target.repository["git_clone_strategy"]]] = event.number
                cancel_for_pull_request(
                    session, job["id"], event.number, now, outcome.changes, "a newer commit"
                )
            run = start_run(
                session,
                job,
                now,
                outcome.changes,
                cause=cause,
                cause_category=job["job_type"],
                overrides=overrides,
            )
            outcome.start(job, run)

    def _end_pull_request(
        self, session: Session, target: _Target, number: int, outcome: _Outcome
    ) -> list[Doc]:
        """Cancel the pull request's runs; return the schemas they may have built."""
        schemas = []
        for job in _jobs(session, target.project, "ci"):
            now = self._services.clock.now()
            by = "the end of the pull request"
            cancel_for_pull_request(session, job["id"], number, now, outcome.changes, by)
            schema = pull_request_schema(job["id"], number)
            outcome.schemas.append(schema)
            schemas.append({"schema": schema, "environment_id": job["environment_id"]})
        return schemas

    def _find(self, session: Session, repository_name: str) -> list[tuple[Doc, Doc, Path]]:
        """The projects whose repository has that name, path or address, each with repository and path.

        Raises:
            GitEventError: There is none.
        """
        local = repositories.Repositories(self._services.repositories)
        attached = []
        for project in session.find("project", [equals("state", ACTIVE)]):
            repository = session.get("repository", project["repository_id"] or 0)
            if repository is not None and repository["state"] == ACTIVE:
                attached.append((project, repository))
        found = [
            (project, repository)
            for project, repository in attached
            if repository_name in (repository["remote_url"], repository["full_name"])
            or _is_path(local.path_of(repository), repository_name)
        ]
        if not found:
            known = ", ".join(sorted({repository["remote_url"] for _, repository in attached}))
            problem = (
                f"no project has the repository {repository_name}; there are: {known or 'none'}"
            )
            raise GitEventError("repository", problem)
        try:
            return [
                (project, repository, local.locate(repository)) for project, repository in found
            ]
        except RepositoryError as error:
            raise GitEventError("repository", str(error)) from None


def _target(
    session: Session, event: GitEventBody, project: Doc, repository: Doc, path: Path
) -> _Target:
    """The repository in one project, and the commit that the event is about.

    Raises:
        GitEventError: There is no such branch or commit.
    """
    known = pull_requests.branch_of(session, repository["id"], event.number)
    try:
        default_branch = repositories.default_branch(path)
        base = event.base or default_branch
        branch = (event.branch or known) if event.action in _STARTING else base
        if branch is None:
            raise GitEventError("branch", "give the branch: no earlier event named it")
        head = Commit(event.sha or "", branch)
        if event.action is not Action.CLOSED:
            found = repositories.commit_of(path, sha=event.sha, branch=branch)
            head = Commit(found.sha, branch)
    except RepositoryError as error:
        raise GitEventError("sha" if event.sha else "branch", str(error)) from None
    return _Target(project, repository, default_branch, base, head)


def _no_merge_reason(session: Session, target: _Target, job: Doc) -> str | None:
    """Why a merge does not start that merge job; none if it does."""
    return _no_event_reason(target.repository) or _other_branch(session, target, job)


def _no_ci_reason(session: Session, target: _Target, job: Doc, *, draft: bool) -> str | None:
    """Why a pull request does not start that CI job; none if it does."""
    account = session.get("account", job["account_id"]) or {"plan": ""}
    strategy = target.repository["git_clone_strategy"]
    triggers = job["triggers"]
    native = triggers["github_webhook"] if strategy == "github_app" else False
    if (reason := _no_event_reason(target.repository)) is not None:
        return reason
    if strategy == "azure_active_directory_app" and not account_plans.has_azure_devops(
        account["plan"]
    ):
        return f"the account's plan ({account['plan']}) has no CI with Azure DevOps"
    if not native and not triggers["git_provider_webhook"]:
        return "its trigger on pull requests is off"
    if draft and not job["triggers_on_draft_pr"]:
        return "the pull request is a draft, and triggers_on_draft_pr is off"
    return _other_branch(session, target, job)


def _other_branch(session: Session, target: _Target, job: Doc) -> str | None:
    """That the job's environment is on another branch than the pull request's base, if so."""
    environment = session.get("environment", job["environment_id"]) or {}
    custom = environment.get("use_custom_branch") and environment.get("custom_branch")
    branch = custom or target.default_branch
    if branch == target.base:
        return None
    return f"its environment is on branch {branch}, the pull request goes into {target.base}"


def _jobs(session: Session, project: Doc, job_type: str) -> list[Doc]:
    where: list[Condition] = [
        equals("project_id", project["id"]),
        equals("state", ACTIVE),
        equals("job_type", job_type),
    ]
    return session.find("job", where)


def _no_event_reason(repository: Doc) -> str | None:
    """Why the repository's host sends dbt Cloud no events; none: it sends them."""
    strategy = repository["git_clone_strategy"]
    if strategy in _PULL_REQUEST_ID:
        return None
    return f"the repository is cloned by {strategy}: only a native git integration sends events"


def _is_path(path: Path | None, text: str) -> bool:
    return path is not None and path.resolve() == Path(text).expanduser().resolve()


def _job_fields(job: Doc) -> Doc:
    return {"job_id": job["id"], "job_name": job["name"], "project_id": job["project_id"]}
