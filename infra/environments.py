"""The environments of the stack file: which ones of the account they are, and those that the stack creates."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, cast

import pulumi
from pulumi_dbtcloud_datafold import DeploymentEnvironment, DeploymentEnvironmentArgs, Problem
from pulumi_dbtcloud_datafold.environments.deployment_environment import (
    DeploymentEnvironmentSettings,
)

from infra.account_listing import AccountListing, Item, described
from infra.project import EnvironmentConfig, ProjectConfig

DEPLOYMENT = "deployment"
"""The type of an environment in which jobs run."""


class Options(Protocol):
    """Makes resource options."""

    def __call__(
        self, previous_names: Sequence[str] = (), protect: bool | None = None
    ) -> pulumi.ResourceOptions:
        """Return the options of a resource that had these names before.

        Args:
            previous_names: Its names.
            protect: Whether it is protected. Default: as the stack is.
        """


def problems(projects: Mapping[str, ProjectConfig], listing: AccountListing) -> Iterator[Problem]:
    """Find environments that do not exist, that a name does not single out, or that jobs of that role cannot use.

    Args:
        projects: The projects, by their keys in the stack file. Those that do not exist are left out.
        listing: What the account has.
    """
    for name, project in projects.items():
        if project.project_id not in listing.project_ids:
            continue
        environments = listing.environments_of(project.project_id)
        production = _only(_matches(project.environments.production, environments))
        for role, config in _existing(project).items():
            path = f"projects.{name}.environments.{role}.{'id' if config.id else 'name'}"
            matches = _matches(config, environments)
            if match := _only(matches):
                yield from _unfit(path, role, match, production)
            elif matches:
                numbers = ", ".join(str(environment["id"]) for environment in matches)
                problem = f"environments {numbers} are all called '{config.name}'"
                yield Problem(
                    path, problem, f"write the number instead, e.g. id: {matches[0]['id']}"
                )
            else:
                wanted = config.id or f"'{config.name}'"
                problem = f"the project has no environment {wanted}"
                yield Problem(path, problem, _known(config, project.project_id, environments))


def numbers(
    projects: Mapping[str, ProjectConfig], listing: AccountListing
) -> dict[str, dict[str, int]]:
    """Return the number of each environment that exists, by the project's key and by role."""
    return {
        name: {
            role: match["id"]
            for role, config in _existing(project).items()
            if (match := _only(_matches(config, listing.environments_of(project.project_id))))
        }
        for name, project in projects.items()
    }


def by_number(
    projects: Mapping[str, ProjectConfig], numbers: Mapping[str, Mapping[str, int]]
) -> dict[str, ProjectConfig]:
    """Return the projects with the numbers of their environments in place of names."""
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
    """Declare the environments that the stack creates for a project; return their numbers by role.

    Args:
        name: The project's key in the stack file.
        project: Its block there.
        options: Makes the options of a resource that had the given names before.
    """
    return {
        role: _declared(name, role, config.create, project, options)
        for role, config in _roles(project).items()
        if config.create
    }


def _roles(project: ProjectConfig) -> dict[str, EnvironmentConfig]:
    return {
        "production": project.environments.production,
        "pull_request": project.environments.pull_request,
    }


def _existing(project: ProjectConfig) -> dict[str, EnvironmentConfig]:
    return {role: config for role, config in _roles(project).items() if not config.create}


def _matches(config: EnvironmentConfig, environments: Sequence[Item]) -> list[Item]:
    """Return the environments that have the number or the name in the stack file."""
    if config.id:
        return [environment for environment in environments if environment["id"] == config.id]
    return [environment for environment in environments if environment["name"] == config.name]


def _only(matches: list[Item]) -> Item | None:
    return matches[0] if len(matches) == 1 else None


def _known(config: EnvironmentConfig, project_id: int, environments: Sequence[Item]) -> str:
    """Return the fix where nothing matches: the nearest name, or all that there are."""
    known = [environment for environment in environments if environment["type"] == DEPLOYMENT]
    if not known:
        return (
            f"project {project_id} has no deployment environment that the token sees: compare project_id with the URL "
            "in dbt Cloud, or let the stack make the environment, by create"
        )
    names = [environment["name"] for environment in known]
    if config.name and (near := difflib.get_close_matches(config.name, names, n=1)):
        return f"did you mean '{near[0]}'?"
    return f"deployment environments of project {project_id}: {described(known)}"


def _unfit(path: str, role: str, match: Item, production: Item | None) -> Iterator[Problem]:
    """Say why jobs of that role cannot use the environment, where that is certain.

    Args:
        path: Where the environment is in the stack file.
        role: `production` or `pull_request`.
        match: The environment.
        production: The block's production environment, if it exists.
    """
    name = f"'{match['name']}'"
    if match["type"] == "development":
        yield Problem(
            path,
            f"{name} is a development environment, and jobs run in deployment environments only",
            "choose a deployment environment",
        )
    elif role == "pull_request" and match["deployment_type"] == "production":
        yield Problem(
            path,
            f"{name} has the deployment type production, so pull requests would be built into production",
            "choose a deployment environment without it",
        )
    elif role == "pull_request" and production and match["id"] == production["id"]:
        yield Problem(
            path,
            f"{name} is the production environment of this block too, so pull requests would be built into production",
            "choose another deployment environment, without deployment type production",
        )


def _declared(
    name: str,
    role: str,
    settings: DeploymentEnvironmentSettings,
    project: ProjectConfig,
    options: Options,
) -> pulumi.Output[int]:
    inputs = settings.model_dump(exclude_unset=True)
    if role == "production":
        inputs.setdefault("deployment_type", "production")
    args = cast("DeploymentEnvironmentArgs", {**inputs, "project_id": project.project_id})
    suffix = role.replace("_", "-")
    opts = options([f"{previous}-{suffix}" for previous in project.previous_names], project.protect)
    return DeploymentEnvironment(f"{name}-{suffix}", args, opts).environment_id
