"""From what the configuration says of an environment to its number."""

import difflib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol, cast

import pulumi
from pulumi_dbtcloud_datafold import (
    ConfigurationError,
    DeploymentEnvironment,
    DeploymentEnvironmentArgs,
    Problem,
)
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, if_there
from pulumi_dbtcloud_datafold.environments.deployment_environment import (
    DeploymentEnvironmentSettings,
)

from infra.listing import listed
from infra.project import EnvironmentConfig, ProjectConfig

DEPLOYMENT = "deployment"
"""The type of an environment in which jobs run."""

Found = Mapping[str, Any]
"""An environment, as dbt Cloud describes it."""


class Options(Protocol):
    """Makes resource options."""

    def __call__(self, previous_names: Sequence[str] = ()) -> pulumi.ResourceOptions:
        """Return the options of a resource that had these names before."""


def look_up(
    projects: Mapping[str, ProjectConfig], source: str, api: DbtCloudApi
) -> dict[str, dict[str, int]]:
    """Return the number of each environment that exists, by the project's key and by role.

    A project is asked once for its environments, unless the stack makes both.

    Args:
        projects: The projects, by their keys in the stack file.
        source: File that errors name.
        api: Answers.

    Raises:
        ConfigurationError: A number or name does not mean one deployment environment of its project, or it means
            production for pull requests.
        DbtCloudError: dbt Cloud does not answer.
    """
    problems: list[Problem] = []
    numbers: dict[str, dict[str, int]] = {}
    for name, project in projects.items():
        existing = {role: each for role, each in _roles(project).items() if not each.create}
        found = if_there(partial(api.environments, project.project_id)) if existing else []
        numbers[name] = {}
        if found is None:
            problems.append(
                Problem(
                    f"projects.{name}.project_id",
                    f"there is no project {project.project_id} that the token sees",
                    "compare it with the number after /projects/ in the project's URL in dbt Cloud; there are "
                    f"{listed(api.projects())}",
                )
            )
            continue
        for role, environment in existing.items():
            path = f"projects.{name}.environments.{role}"
            if match := _match(path, environment, project.project_id, found, problems):
                if problem := _unfit(
                    path, role, environment, match, numbers[name].get("production")
                ):
                    problems.append(problem)
                numbers[name][role] = match["id"]
    if problems:
        raise ConfigurationError(source, problems)
    return numbers


def resolved(
    projects: Mapping[str, ProjectConfig], numbers: Mapping[str, Mapping[str, int]]
) -> dict[str, ProjectConfig]:
    """Return the projects with the numbers that `look_up` has found in place of names."""
    found = {
        name: {role: EnvironmentConfig(id=number) for role, number in by_role.items()}
        for name, by_role in numbers.items()
    }
    return {
        name: project.model_copy(
            update={"environments": project.environments.model_copy(update=found[name])}
        )
        for name, project in projects.items()
    }


def create(name: str, project: ProjectConfig, options: Options) -> dict[str, pulumi.Output[int]]:
    """Declare the environments that the stack is to make for a project; return their numbers by role.

    Args:
        name: The project's key in the stack file.
        project: Its block there.
        options: Makes the options of a resource that had the given names before.
    """
    return {
        role: _created(name, role, environment.create, project, options)
        for role, environment in _roles(project).items()
        if environment.create
    }


def _roles(project: ProjectConfig) -> dict[str, EnvironmentConfig]:
    return {
        "production": project.environments.production,
        "pull_request": project.environments.pull_request,
    }


def _match(
    path: str,
    written: EnvironmentConfig,
    project_id: int,
    found: Sequence[Found],
    problems: list[Problem],
) -> Found | None:
    """Return the environment that is meant; none, with a problem, if there is not just one."""
    if written.id:
        matches = [each for each in found if each["id"] == written.id]
        key, called = "id", str(written.id)
    else:
        matches = [each for each in found if each["name"] == written.name]
        key, called = "name", f"'{written.name}'"
    if len(matches) == 1:
        return matches[0]
    if matches:
        told = ", ".join(str(each["id"]) for each in matches)
        problem = f"environments {told} are all called {called}"
        fix = f"write the number instead, e.g. id: {matches[0]['id']}"
    else:
        problem = f"the project has no environment {called}"
        fix = _known(
            written.name, project_id, [each for each in found if each["type"] == DEPLOYMENT]
        )
    problems.append(Problem(f"{path}.{key}", problem, fix))
    return None


def _known(name: str | None, project_id: int, found: Sequence[Found]) -> str:
    """Return the way out where nothing matches: the nearest name, or what there is."""
    if not found:
        return (
            f"project {project_id} has no deployment environment that the token sees: compare project_id with the URL "
            "in dbt Cloud, or let the stack make the environment, by create"
        )
    if name and (near := difflib.get_close_matches(name, [each["name"] for each in found], n=1)):
        return f"did you mean '{near[0]}'?"
    return f"deployment environments of project {project_id}: {listed(found)}"


def _unfit(
    path: str, role: str, written: EnvironmentConfig, match: Found, production: int | None
) -> Problem | None:
    """Say why jobs of that role cannot be in the environment, where that is certain.

    Args:
        path: Where the environment is written.
        role: `production` or `pull_request`.
        written: What a person wrote.
        match: What dbt Cloud has.
        production: Number of the block's production environment, if that was found.
    """
    where, called = f"{path}.{'id' if written.id else 'name'}", f"'{match['name']}'"
    if match["type"] == "development":
        return Problem(
            where,
            f"{called} is a development environment, and jobs run in deployment environments only",
            "choose a deployment environment",
        )
    if role == "pull_request" and match["deployment_type"] == "production":
        return Problem(
            where,
            f"{called} has the deployment type production, so pull requests would be built into production",
            "choose a deployment environment without it",
        )
    if role == "pull_request" and match["id"] == production:
        return Problem(
            where,
            f"{called} is the production environment of this block too, so pull requests would be built into "
            "production",
            "choose another deployment environment, without deployment type production",
        )
    return None


def _created(
    name: str,
    role: str,
    settings: DeploymentEnvironmentSettings,
    project: ProjectConfig,
    options: Options,
) -> pulumi.Output[int]:
    written = settings.model_dump(exclude_unset=True)
    if role == "production":
        written.setdefault("deployment_type", "production")
    args = cast("DeploymentEnvironmentArgs", {**written, "project_id": project.project_id})
    suffix = role.replace("_", "-")
    opts = options([f"{previous}-{suffix}" for previous in project.previous_names])
    return DeploymentEnvironment(f"{name}-{suffix}", args, opts).environment_id
