"""What the account has, as the guards ask for it: each list is read once a run, or shared by who has read it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, if_there
from pulumi_dbtcloud_datafold.account.connection import Address, Connection
from pulumi_dbtcloud_datafold.engine.account_questions import Once, ask
from pulumi_dbtcloud_datafold.engine.run_context import run_context

Item = Mapping[str, Any]
"""A project, environment or job as dbt Cloud's API describes it."""


class Place(NamedTuple):
    """A project or an environment of an account, by its number."""

    account: Address
    number: int


class _Jobs(Once[Place, list[Item]]):
    """The jobs that each environment had when it was first asked for."""


class _Environments(Once[Place, Item | None]):
    """Each environment by its number."""


class _EnvironmentsOfProjects(Once[Place, list[Item]]):
    """The environments of each project."""


class _CloneStrategies(Once[Place, str | None]):
    """How dbt Cloud clones the repository of each project."""


def share(
    account: Address, projects: Iterable[Item], environments: Iterable[Item], jobs: Iterable[Item]
) -> None:
    """Give the run all projects, environments and jobs of an account, so that no guard reads them again."""
    context = run_context()
    by_environment: defaultdict[int, list[Item]] = defaultdict(list)
    for job in jobs:
        by_environment[job["environment_id"]].append(job)
    by_project: defaultdict[int, list[Item]] = defaultdict(list)
    for environment in environments:
        number = environment["id"]
        by_project[environment["project_id"]].append(environment)
        context.part(_Environments).know(Place(account, number), environment)
        context.part(_Jobs).know(Place(account, number), by_environment[number])
    for project in projects:
        place = Place(account, project["id"])
        context.part(_EnvironmentsOfProjects).know(place, by_project[project["id"]])
        repository = project.get("repository") or {}
        # A list may name the repository by its number alone; then a guard that needs more asks.
        if "git_clone_strategy" in repository or not project.get("repository_id"):
            context.part(_CloneStrategies).know(place, repository.get("git_clone_strategy"))


async def jobs_of(connection: Connection, environment_id: int) -> list[Item]:
    """Return the jobs that an environment had when the run first asked for them."""
    place = Place(connection.address, environment_id)
    return await run_context().part(_Jobs).ask(place, lambda: jobs_now(connection, environment_id))


async def jobs_now(connection: Connection, environment_id: int) -> list[Item]:
    """Return the jobs that an environment has at this moment."""
    return [*(await ask(connection, lambda api: api.jobs(environment_id=environment_id)) or [])]


async def environment(connection: Connection, environment_id: int) -> Item | None:
    """Return an environment; None if there is none."""

    async def read() -> Item | None:
        return await ask(connection, lambda api: if_there(lambda: api.environment(environment_id)))

    place = Place(connection.address, environment_id)
    return await run_context().part(_Environments).ask(place, read)


async def environments_of(connection: Connection, project_id: int) -> list[Item]:
    """Return the environments of a project; none if there is no such project, which the provider reports."""

    async def read() -> list[Item]:
        found = await ask(connection, lambda api: if_there(lambda: api.environments(project_id)))
        return [*(found or [])]

    place = Place(connection.address, project_id)
    return await run_context().part(_EnvironmentsOfProjects).ask(place, read)


async def clone_strategy(connection: Connection, project_id: int) -> str | None:
    """Return how dbt Cloud clones the repository of a project; None if it has none, or the token does not see it."""

    async def read() -> str | None:
        return await ask(connection, lambda api: _clone_strategy(api, project_id))

    place = Place(connection.address, project_id)
    return await run_context().part(_CloneStrategies).ask(place, read)


def _clone_strategy(api: DbtCloudApi, project_id: int) -> str | None:
    project = if_there(lambda: api.project(project_id))
    attached = project and project.get("repository_id")
    if not attached:
        return None
    repositories = if_there(lambda: api.repositories(project_id)) or []
    return next(
        (one.get("git_clone_strategy") for one in repositories if one["id"] == attached), None
    )
