"""What dbt Cloud has, asked in parallel: listings first, then what only they name."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, DbtCloudError
from pulumi_dbtcloud_datafold.cli.check.stack_state import (
    DATAFOLD_TOKEN,
    PULL_REQUEST,
    StackState,
)
from pulumi_dbtcloud_datafold.cli.progress import progress

SUCCESS, ERROR, CANCELLED = 10, 20, 30
"""How runs end. Source: dbt Cloud's OpenAPI, version 2."""
RUNS = 20
"""So many of the newest runs of a job are looked at."""
THREADS = 12
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
"""The statuses with which dbt Cloud says what a token may not do."""
QUIET_SECONDS = 3.0
MANIFEST = "manifest.json"

Document = dict[str, Any]
K = TypeVar("K")
T = TypeVar("T")


@dataclass
class AccountFacts:
    """What was asked.

    Attributes:
        unseen: What the token may not read, with dbt Cloud's answer; nothing is concluded from its absence.
        runs: By job, its newest runs, the newest first.
        successes: By job, its newest success, if it ever had one.
        sources: By environment, its newest success, whose manifest pull requests are compared with.
        artifacts: By run, the files it has left.
        failures: By run, the run with its steps.
        refusals: By token and job, why the token may not read it; None if it may.
    """

    account: Document = field(default_factory=dict)
    projects: dict[int, Document] = field(default_factory=dict)
    jobs: dict[int, Document] = field(default_factory=dict)
    environments: dict[int, Document] = field(default_factory=dict)
    repositories: dict[int, list[Document]] = field(default_factory=dict)
    tokens: list[Document] = field(default_factory=list)
    permissions: dict[int, list[Document]] = field(default_factory=dict)
    notifications: list[Document] = field(default_factory=list)
    webhooks: list[Document] = field(default_factory=list)
    variables: dict[int, Document] = field(default_factory=dict)
    runs: dict[int, list[Document]] = field(default_factory=dict)
    successes: dict[int, Document | None] = field(default_factory=dict)
    sources: dict[int, Document | None] = field(default_factory=dict)
    artifacts: dict[int, list[str]] = field(default_factory=dict)
    failures: dict[int, Document] = field(default_factory=dict)
    refusals: dict[tuple[int, int], DbtCloudError | None] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)


class _Questions:
    """Questions that are asked at once; each answer goes where the asker wants it."""

    def __init__(self, pool: ThreadPoolExecutor, unseen: dict[str, str]) -> None:
        self._pool = pool
        self._unseen = unseen
        self._open: list[tuple[str, Future[Any], Callable[[Any], object]]] = []

    def ask(self, what: str, question: Callable[[], T], keep: Callable[[T], object]) -> None:
        """Ask in a thread; `what` is the name for people of what is asked for."""
        self._open.append((what, self._pool.submit(question), keep))

    def wait(self) -> None:
        """Take in every answer.

        Raises:
            DbtCloudError: dbt Cloud cannot be reached, or does not know the token.
        """
        spoke = time.monotonic()
        for number, (what, future, keep) in enumerate(self._open, start=1):
            try:
                keep(future.result())
            except DbtCloudError as error:
                if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                    raise
                self._unseen[what] = str(error)
            if time.monotonic() - spoke > QUIET_SECONDS:
                progress(f"{number} of {len(self._open)} questions are answered")
                spoke = time.monotonic()
        self._open.clear()


def ask(api: DbtCloudApi, state: StackState) -> AccountFacts:
    """Ask everything that a check needs.

    Raises:
        DbtCloudError: dbt Cloud cannot be reached, does not know the token, or does not let it read the account.
    """
    facts = AccountFacts(account=api.account())
    with ExitStack() as clients, ThreadPoolExecutor(THREADS, "check") as pool:
        questions = _Questions(pool, facts.unseen)
        _ask_listings(api, state, facts, questions)
        _ask_runs(api, state, facts, questions)
        questions.wait()
        _ask_of_runs(api, state, facts, questions)
        _ask_variables(api, state, facts, questions)
        questions.wait()
        _ask_artifacts(api, state, facts, questions)
        _ask_with_tokens(api, state, facts, questions, clients)
        questions.wait()
    return facts


def _ask_listings(
    api: DbtCloudApi, state: StackState, facts: AccountFacts, questions: _Questions
) -> None:
    questions.ask("projects", api.projects, _by_number(facts.projects))
    for project in state.projects:
        questions.ask("jobs", partial(api.jobs, project_id=project), _by_number(facts.jobs))
        questions.ask(
            "environments", partial(api.environments, project), _by_number(facts.environments)
        )
        questions.ask(
            "repositories", partial(api.repositories, project), _at(facts.repositories, project)
        )
    if state.tokens:
        questions.ask("service tokens", api.service_tokens, facts.tokens.extend)
    for token in state.tokens:
        permissions = partial(api.service_token_permissions, token)
        questions.ask("permissions of tokens", permissions, _at(facts.permissions, token))
    if state.notifications:
        questions.ask("notifications", api.notifications, facts.notifications.extend)
    if state.webhooks:
        questions.ask("webhooks", api.webhooks, facts.webhooks.extend)


def _ask_runs(
    api: DbtCloudApi, state: StackState, facts: AccountFacts, questions: _Questions
) -> None:
    for job_id in state.jobs:
        questions.ask("runs", partial(api.runs, job_id, RUNS), _at(facts.runs, job_id))
    for environment_id in {
        int(environment)
        for job in state.with_role(PULL_REQUEST)
        if (environment := job.inputs.get("deferringEnvironmentId"))
    }:
        newest = partial(api.runs, environment_id=environment_id, status=SUCCESS)
        questions.ask("runs", newest, _first_at(facts.sources, environment_id))


def _ask_of_runs(
    api: DbtCloudApi, state: StackState, facts: AccountFacts, questions: _Questions
) -> None:
    """Ask for the success of jobs whose newest runs have none, and for what failed."""
    for job_id, runs in facts.runs.items():
        success = next((run for run in runs if run["status"] == SUCCESS), None)
        if success or len(runs) < RUNS:
            facts.successes[job_id] = success
        else:
            older = partial(api.runs, job_id, status=SUCCESS)
            questions.ask("runs", older, _first_at(facts.successes, job_id))
        failed = ended(runs)[:1]
        if failed and failed[0]["status"] == ERROR and job_id in state.jobs:
            run_id = failed[0]["id"]
            questions.ask("runs", partial(api.run_with_steps, run_id), _at(facts.failures, run_id))


def _ask_variables(
    api: DbtCloudApi, state: StackState, facts: AccountFacts, questions: _Questions
) -> None:
    """Ask for the values of environment variables that each job has of its own."""
    for job in state.jobs.values():
        if job.number in facts.jobs:
            variables = partial(api.variables_of_job, int(job.inputs["projectId"]), job.number)
            questions.ask("variables of jobs", variables, _at(facts.variables, job.number))


def _ask_artifacts(
    api: DbtCloudApi, state: StackState, facts: AccountFacts, questions: _Questions
) -> None:
    runs = [facts.successes.get(job.number) for job in state.sources()]
    for run_id in {run["id"] for run in [*runs, *facts.sources.values()] if run}:
        questions.ask("artifacts", partial(api.artifacts, run_id), _at(facts.artifacts, run_id))


def _ask_with_tokens(
    api: DbtCloudApi,
    state: StackState,
    facts: AccountFacts,
    questions: _Questions,
    clients: ExitStack,
) -> None:
    """Ask with each token for Datafold whose secret is known what Datafold will ask with it."""
    jobs = [job.number for job in [*state.sources(), *state.with_role(PULL_REQUEST)]]
    for token in state.tokens.values():
        secret = token.outputs.get("tokenString")
        if token.component != DATAFOLD_TOKEN or not secret:
            continue
        as_datafold = clients.enter_context(
            DbtCloudApi(api.access_url, api.account_id, str(secret))
        )
        for job_id in jobs:
            if job_id in facts.jobs:
                success = facts.successes.get(job_id)
                run_id = success["id"] if success else None
                question = partial(_refusal, as_datafold, job_id, run_id)
                questions.ask("token", question, _at(facts.refusals, (token.number, job_id)))


def _refusal(as_datafold: DbtCloudApi, job_id: int, run_id: int | None) -> DbtCloudError | None:
    try:
        as_datafold.job(job_id)
        if run_id is not None:
            as_datafold.artifacts(run_id)
    except DbtCloudError as error:
        if error.status in _REFUSALS:
            return error
        raise
    return None


def ended(runs: Sequence[Document]) -> list[Document]:
    """Return those of a job's runs that have ended, the newest first."""
    return [run for run in runs if run["status"] in (SUCCESS, ERROR, CANCELLED)]


def _by_number(target: dict[int, Document]) -> Callable[[Sequence[Document]], None]:
    return lambda found: target.update({one["id"]: one for one in found})


def _at(target: dict[K, T], key: K) -> Callable[[T], None]:
    return lambda found: target.update({key: found})


def _first_at(
    target: dict[int, Document | None], key: int
) -> Callable[[list[dict[str, Any]]], None]:
    return lambda found: target.update({key: found[0] if found else None})
