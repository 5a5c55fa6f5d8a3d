"""Checks of the stack file against the account: every number and name that is not there, in one report.

dbt Cloud itself refuses them one at a time, when other things have been created or changed already.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import TypeVar

import pulumi
from pulumi_dbtcloud_datafold import ConfigurationError, Problem
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, DbtCloudError
from pulumi_dbtcloud_datafold.account.connection import read_token
from pulumi_dbtcloud_datafold.failure_notifications import FailureNotificationsSettings
from pulumi_dbtcloud_datafold.jobs.settings import JobSettings
from pulumi_dbtcloud_datafold.service_tokens.service_token import ServiceTokenSettings
from pulumi_dbtcloud_datafold.settings.problems import MAX_LISTED

from infra import account_listing, conflicts, environments
from infra.account_listing import AccountListing, described, in_parallel
from infra.config import LoadedConfig
from infra.project import ProjectConfig

T = TypeVar("T")

Projects = Mapping[str, ProjectConfig]
"""The dbt projects of the stack, by their keys in the stack file."""


@dataclass(frozen=True)
class CheckedAccount:
    """Results of the checks.

    Attributes:
        listing: The projects, environments and jobs of the account, so that nothing reads them again.
        environment_ids: Number of each environment that exists, by the project's key and by role.
    """

    listing: AccountListing
    environment_ids: Mapping[str, Mapping[str, int]]


def check(config: LoadedConfig) -> CheckedAccount:
    """Read the account, and check every number and name of the stack file against it.

    Raises:
        ConfigurationError: At least one does not exist, or is unfit; the message has all of them.
        DbtCloudError: The account cannot be read with this token; the message names the likely cause.
    """
    token = read_token(pulumi.runtime.get_config("dbtcloud:token")) or ""
    account, projects = config.connection, config.stack.projects
    with DbtCloudApi(account.access_url, account.account_id, token) as api:
        listing = account_listing.read(api)
        # These are read only if the stack file names any.
        unknown = in_parallel(
            partial(_unknown_variables, projects, listing, api),
            partial(_unknown_user, config.stack.notifications, api),
            partial(_unknown_token, config.stack.service_token, api),
        )
    problems = [
        *_unknown_projects(projects, listing),
        *environments.problems(projects, listing),
        *_unknown_references(projects, listing),
        *_unknown_token_projects(config.stack.service_token, listing),
        *chain.from_iterable(unknown),
    ]
    environment_ids = environments.numbers(projects, listing)
    # `config.load` has found conflicts already; names that have become numbers show more.
    problems += conflicts.between(environments.by_number(projects, environment_ids))
    if problems:
        raise ConfigurationError(config.source, config.merged.located(problems))
    return CheckedAccount(listing, environment_ids)


def _unknown_projects(projects: Projects, listing: AccountListing) -> list[Problem]:
    return [
        Problem(
            f"projects.{name}.project_id",
            f"there is no project {project.project_id} that the token sees",
            "compare it with the number after /projects/ in the project's URL in dbt Cloud; there are "
            f"{described(listing.projects)}",
        )
        for name, project in projects.items()
        if project.project_id not in listing.project_ids
    ]


def _unknown_references(projects: Projects, listing: AccountListing) -> list[Problem]:
    """Find the numbers of jobs and environments, in the settings of jobs, that nothing has."""
    known = {"job": listing.job_ids, "environment": listing.environment_ids}
    return [
        Problem(
            f"projects.{name}.{block}.{key}",
            f"there is no {kind} {number} that the token sees",
            f"compare it with the number after /{kind}s/ in the URL of the {kind} in dbt Cloud"
            + ("; to have a new job created, remove the key" if key == "adopt_job_id" else ""),
        )
        for name, project in projects.items()
        for block, settings in project.jobs.items()
        for key, kind, number in _references(settings)
        if number not in known[kind]
    ]


def _references(settings: JobSettings) -> Iterator[tuple[str, str, int]]:
    """Return the key, the kind and the number of everything that a job's settings name by number."""
    for key, kind in (
        ("adopt_job_id", "job"),
        ("deferring_job_id", "job"),
        ("deferring_environment_id", "environment"),
    ):
        if number := getattr(settings, key, None):
            yield key, kind, number
    if condition := getattr(settings, "job_completion_trigger_condition", None):
        yield "job_completion_trigger_condition.job_id", "job", condition.job_id


def _unknown_token_projects(
    settings: ServiceTokenSettings | None, listing: AccountListing
) -> list[Problem]:
    """Find the projects of the service token that do not exist.

    dbt Cloud creates a token first and gives it its permissions afterwards. Of a token for an unknown project it keeps
    one without permissions, which the stack does not know, at each attempt.
    """
    return [
        Problem(
            f"service_token.project_ids[{index}]",
            f"the account has no project {number} that the token of the provider sees",
            f"write a number as in the URL of the project; there are {described(listing.projects)}",
        )
        for index, number in enumerate((settings.project_ids if settings else None) or ())
        if number not in listing.project_ids
    ]


def _unknown_user(settings: FailureNotificationsSettings | None, api: DbtCloudApi) -> list[Problem]:
    if not settings or not settings.user_id:
        return []
    users = _if_readable(api.users)
    if users is None or settings.user_id in {user["id"] for user in users}:
        return []
    problem = f"the account has no user {settings.user_id}"
    fix = f"write the number of a user; there are {described(users, 'email')}"
    return [Problem("notifications.user_id", problem, fix)]


def _unknown_token(settings: ServiceTokenSettings | None, api: DbtCloudApi) -> list[Problem]:
    if not settings or not settings.adopt_token_id:
        return []
    tokens = api.service_tokens()
    if settings.adopt_token_id in {token["id"] for token in tokens}:
        return []
    problem = f"there is no service token {settings.adopt_token_id}"
    fix = f"to have a new token created, remove the key; there are {described(tokens)}"
    return [Problem("service_token.adopt_token_id", problem, fix)]


def _unknown_variables(
    projects: Projects, listing: AccountListing, api: DbtCloudApi
) -> list[Problem]:
    """Find the variables that a job overrides and its project does not have."""
    overridden = [
        (f"projects.{name}.{block}.environment_variables.{variable}", project.project_id, variable)
        for name, project in projects.items()
        if project.project_id in listing.project_ids
        for block, job in project.jobs.items()
        for variable in job.environment_variables
    ]
    project_ids = list(dict.fromkeys(project_id for _, project_id, _ in overridden))
    found = in_parallel(
        *(
            partial(_if_readable, partial(api.environment_variables, project_id))
            for project_id in project_ids
        )
    )
    variables: dict[int, list[str] | None] = dict(zip(project_ids, found, strict=True))
    return [
        Problem(
            path,
            f"project {project_id} has no environment variable {variable}",
            _variable_fix(variable, known),
        )
        for path, project_id, variable in overridden
        if (known := variables[project_id]) is not None and variable not in known
    ]


def _variable_fix(variable: str, known: list[str]) -> str:
    if near := difflib.get_close_matches(variable, known, n=1):
        return f"did you mean '{near[0]}'?"
    shown = ", ".join(known[:MAX_LISTED]) or "none"
    return f"create it in dbt Cloud, or write one that the project has: {shown}"


def _if_readable(ask: Callable[[], list[T]]) -> list[T] | None:
    """Return what `ask` does; None if the token may not read it, which the stack does not need otherwise."""
    try:
        return ask()
    except DbtCloudError as error:
        if error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            return None
        raise
