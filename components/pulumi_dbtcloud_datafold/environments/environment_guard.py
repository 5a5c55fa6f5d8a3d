"""What is looked at before a deployment environment is created, in preview and in up, so that none is made twice.

dbt Cloud takes a second environment of one name, and refuses a second one of the types production and staging only
while `pulumi up` runs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pulumi

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.account.connection import Unknown
from pulumi_dbtcloud_datafold.engine.account_contents import Item, environments_of
from pulumi_dbtcloud_datafold.engine.guard import (
    GuardError,
    is_adoption_preview,
    whole_number,
)
from pulumi_dbtcloud_datafold.engine.repeated_create import SecondThingGuard


@dataclass(kw_only=True)
class EnvironmentGuard(SecondThingGuard):
    """The checks of one environment. Where the account is not known, its jobs warn of it."""

    thing: ClassVar[str] = "environment"
    place: ClassVar[str] = "Orchestration, Environments"

    def alike(self, api: DbtCloudApi, inputs: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Return the environments of this name in the project."""
        found = api.environments(whole_number(inputs.get("projectId")))
        return (environment for environment in found if environment["name"] == inputs.get("name"))

    async def before_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse an environment whose name another one has, or whose deployment type."""
        inputs = args.new_inputs or {}
        connection, project_id = self.connection, whole_number(inputs.get("projectId"))
        if isinstance(connection, Unknown) or project_id is None or is_adoption_preview():
            return
        found = await environments_of(connection, project_id)
        old = await self.old_outputs(args) or {}
        replaced = whole_number(old.get("environmentId"))
        for environment in found:
            if environment["id"] != replaced:
                _refuse_second(environment, inputs, project_id)
        self._before = frozenset({str(replaced)})


def _refuse_second(environment: Item, inputs: Mapping[str, Any], project_id: int) -> None:
    """Refuse to create an environment beside another one of its name or deployment type."""
    number = environment["id"]
    other = f"environment {number} '{environment['name']}' of project {project_id}"
    ways = (
        "If an interrupted `pulumi up` has left it, run `dbtcloud-datafold recover`. To use it, write its number: in "
        f"the stack file id: {number} in place of create; to adopt it, run `dbtcloud-datafold adopt`"
    )
    if environment["name"] == inputs.get("name"):
        message = (
            f"{other} has this name already. {ways}. If its block was renamed, write the "
            "old name into previous_names"
        )
        raise GuardError(message)
    kind = inputs.get("deploymentType")
    if kind and environment["deployment_type"] == kind:
        message = f"{other} has the deployment type {kind}, which one of a project has. {ways}"
        raise GuardError(message)
