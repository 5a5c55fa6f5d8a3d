"""What is looked at before a deployment environment is created, in preview and in up, so that none is made twice.

dbt Cloud takes a second environment of one name, and refuses a second one of the types production and staging only
while `pulumi up` runs.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.account.connection import Connection
from pulumi_dbtcloud_datafold.engine.guard import (
    Guard,
    GuardError,
    is_adoption_preview,
    whole_number,
)
from pulumi_dbtcloud_datafold.engine.run_context import ask, recorded_as, survey


@dataclass
class EnvironmentGuard(Guard):
    """What watches over one environment.

    Attributes:
        connection: Where to look; None if the account is not known, and then nothing is looked at.
    """

    connection: Connection | None

    async def _before(self, args: pulumi.ResourceHookArgs) -> None:
        inputs = args.new_inputs or {}
        project_id = whole_number(inputs.get("projectId"))
        connection = self.connection
        if connection is None or project_id is None or is_adoption_preview():
            return
        question = (connection.access_url, connection.account_id, "environments", project_id)
        found = await survey().once(question, lambda: _environments(connection, project_id))
        old = await recorded_as(args.urn, self._lineage) or {}
        replaced = whole_number(old.get("environmentId"))
        for each in found:
            if each["id"] == replaced:
                continue
            there = f"environment {each['id']} '{each['name']}' of project {project_id}"
            ways = (
                f"Use it: in the stack file id: {each['id']} in place of create, in a program its number; or adopt it "
                "into the stack with `dbtcloud-datafold adopt`"
            )
            if each["name"] == inputs.get("name"):
                message = (
                    f"{there} has this name already. {ways}; or give this one another name. If it is of this stack and "
                    "its block was renamed, write the old name into previous_names"
                )
                raise GuardError(message)
            kind = inputs.get("deploymentType")
            if kind and each["deployment_type"] == kind:
                message = (
                    f"{there} has the deployment type {kind}, which one of a project has. {ways}"
                )
                raise GuardError(message)


async def _environments(connection: Connection, project_id: int) -> list[dict[str, Any]]:
    try:
        return await ask(connection, lambda api: api.environments(project_id)) or []
    except DbtCloudError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return []  # It is the provider's to say that there is no such project.
        raise
