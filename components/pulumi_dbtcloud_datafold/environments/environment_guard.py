"""What is looked at before a deployment environment is created, in preview and in up, so that none is made twice.

dbt Cloud takes a second environment of one name, and refuses a second one of the types production and staging only
while `pulumi up` runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.account.connection import Address, Connection, Unknown
from pulumi_dbtcloud_datafold.engine.account_questions import Once, ask
from pulumi_dbtcloud_datafold.engine.guard import (
    Guard,
    GuardError,
    is_adoption_preview,
    whole_number,
)
from pulumi_dbtcloud_datafold.engine.run_context import run_context

Environment = dict[str, Any]
"""An environment as dbt Cloud's API describes it."""


class _Listings(Once[tuple[Address, int], list[Environment]]):
    """The environments of an account's projects, by project."""


@dataclass(kw_only=True)
class EnvironmentGuard(Guard):
    """The checks of one environment.

    Attributes:
        connection: Where to look. Nothing is looked at if the account is not known: the environment's jobs warn of it.
    """

    connection: Connection | Unknown

    async def before_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse an environment whose name another one has, or whose deployment type."""
        inputs = args.new_inputs or {}
        connection, project_id = self.connection, whole_number(inputs.get("projectId"))
        if isinstance(connection, Unknown) or project_id is None or is_adoption_preview():
            return
        listings = run_context().part(_Listings)
        found = await listings.ask(
            (connection.address, project_id), lambda: _environments(connection, project_id)
        )
        old = await self.old_outputs(args) or {}
        replaced = whole_number(old.get("environmentId"))
        for environment in found:
            if environment["id"] != replaced:
                _refuse_second(environment, inputs, project_id)


def _refuse_second(environment: Environment, inputs: Mapping[str, Any], project_id: int) -> None:
    """Refuse to create an environment beside another one of its name or deployment type."""
    number = environment["id"]
    other = f"environment {number} '{environment['name']}' of project {project_id}"
    ways = (
        f"Use it: in the stack file id: {number} in place of create, in a program its number; or adopt it into the "
        "stack with `dbtcloud-datafold adopt`"
    )
    if environment["name"] == inputs.get("name"):
        message = (
            f"{other} has this name already. {ways}; or give this one another name. If it is of this stack and its "
            "block was renamed, write the old name into previous_names"
        )
        raise GuardError(message)
    kind = inputs.get("deploymentType")
    if kind and environment["deployment_type"] == kind:
        message = f"{other} has the deployment type {kind}, which one of a project has. {ways}"
        raise GuardError(message)


async def _environments(connection: Connection, project_id: int) -> list[Environment]:
    try:
        return await ask(connection, lambda api: api.environments(project_id)) or []
    except DbtCloudError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return []  # The provider reports that there is no such project.
        raise
