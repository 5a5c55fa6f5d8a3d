"""From what the configuration says of an environment to its number."""

from collections.abc import Sequence
from typing import Any, Protocol, cast

import pulumi
import pulumi_dbtcloud as dbtcloud
from pulumi_dbtcloud_datafold import (
    ConfigurationError,
    DeploymentEnvironment,
    DeploymentEnvironmentArgs,
    Problem,
)
from pulumi_dbtcloud_datafold.deployment_environment import DeploymentEnvironmentSettings
from pulumi_dbtcloud_datafold.problems import near_or_all

from infra.config import ProjectConfig


class Options(Protocol):
    """Makes resource options."""

    def __call__(self, previous_names: Sequence[str] = ()) -> pulumi.ResourceOptions:
        """Return the options of a resource that had these names before."""


def numbers(
    name: str, project: ProjectConfig, source: str, options: Options
) -> dict[str, pulumi.Input[int]]:
    """Return the number of each environment by role, making those that the stack is to make.

    A project is asked once for its environments, and only if one is given by name.

    Args:
        name: The project's key in the stack file.
        project: Its block there.
        source: File that errors name.
        options: Makes the options of a resource that had the given names before.

    Raises:
        ConfigurationError: A name means none or several environments, or production for pull requests.
    """
    roles = {
        "production": project.environments.production,
        "pull_request": project.environments.pull_request,
    }
    found: list[dict[str, Any]] = []
    if any(environment.name for environment in roles.values()):
        answer = dbtcloud.get_environments(
            project_id=project.project_id, opts=pulumi.InvokeOptions(provider=_provider(options()))
        )
        found = [
            {"id": each.environment_id, "name": each.name, "type": each.deployment_type}
            for each in answer.environments
        ]
    problems: list[Problem] = []
    ids: dict[str, pulumi.Input[int]] = {}
    for role, environment in roles.items():
        path = f"projects.{name}.environments.{role}"
        if environment.id:
            ids[role] = environment.id
        elif environment.create:
            ids[role] = _created(name, role, environment.create, project, options)
        elif number := _named(path, role, cast("str", environment.name), found, problems):
            ids[role] = number
    if problems:
        raise ConfigurationError(source, problems)
    return ids


def _named(
    path: str,
    role: str,
    name: str,
    found: Sequence[dict[str, Any]],
    problems: list[Problem],
) -> int | None:
    matches = [each for each in found if each["name"] == name]
    if not matches:
        fix = near_or_all(name, [each["name"] for each in found], "environments of this project")
        problems.append(Problem(f"{path}.name", f"the project has no environment '{name}'", fix))
    elif len(matches) > 1:
        told = ", ".join(str(each["id"]) for each in matches)
        problems.append(
            Problem(
                f"{path}.name",
                f"environments {told} are all called '{name}'",
                f"write the number instead, e.g. id: {matches[0]['id']}",
            )
        )
    elif role == "pull_request" and matches[0]["type"] == "production":
        problems.append(
            Problem(
                f"{path}.name",
                f"'{name}' has the deployment type production, so pull requests would be built into production",
                "name a deployment environment without it",
            )
        )
    else:
        return int(matches[0]["id"])
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


def _provider(opts: pulumi.ResourceOptions) -> pulumi.ProviderResource:
    [provider] = cast("list[pulumi.ProviderResource]", opts.providers)
    return provider
