"""`dbtcloud.EnvironmentVariable`: one variable of a project, with a value for each environment.

From documentation, not from recordings: https://github.com/dbt-labs/terraform-provider-dbtcloud,
pkg/framework/objects/environment_variable and pkg/dbt_cloud/environment_variable.go.
"""

import re
from collections.abc import Mapping
from typing import ClassVar

from toolchain.fake_provider import sdk
from toolchain.fake_provider.api import Api, Document
from toolchain.fake_provider.failure import ProviderError, doing
from toolchain.fake_provider.resource import Found, Resource, Rule
from toolchain.fake_provider.values import Properties

_SECRET_PREFIX = "DBT_ENV_SECRET"  # noqa: S105 - a name, not a secret
"""Variables named so come back masked."""


class EnvironmentVariable(Resource):
    """An environment variable of a project. Its id is `<project number>:<name>`."""

    shape = sdk.resource("EnvironmentVariable")
    required = frozenset({"name"})
    rules: ClassVar[Mapping[str, Rule]] = {
        "id": Rule(computed=True),
        "name": Rule(replaces=True),
        "projectId": Rule(replaces=True),
    }

    def create(self, api: Api, planned: Properties) -> Found:
        """POST the variable with all its values."""
        name = planned["name"]
        body = {"env_var": {"new_name": name, **planned["environmentValues"]}}
        with doing("Error creating environment variable", "unexpected error"):
            api.send("v3", f"{_root(planned)}bulk/", body)
        number = f"{planned['projectId']}:{name}"
        return Found(id=number, state={**planned, "id": number})

    def read(self, api: Api, resource_id: str, state: Properties) -> Found | None:
        """GET the variables of the project. The value of a secret one is the last known."""
        parts = re.fullmatch(r"(\d+):(\w+)", str(state.get("id") or resource_id))
        if not parts:
            message = "Unexpected Import Identifier: give <project number>:<name>, e.g. 12:DBT_X"
            raise ProviderError(message)
        place: Properties = {"projectId": int(parts[1]), "name": parts[2]}
        with doing("Error reading environment variable", "unexpected error"):
            scopes = _scopes(api, place)
        if scopes is None:
            return None
        last_known = state.get("environmentValues", {})
        values = {
            scope: last_known.get(scope, "")
            if place["name"].startswith(_SECRET_PREFIX)
            else item["value"]
            for scope, item in scopes.items()
        }
        return Found(id=parts[0], state={**place, "id": parts[0], "environmentValues": values})

    def update(self, api: Api, state: Properties, planned: Properties) -> Properties:
        """GET the variable's values, and PUT the new ones; an empty one takes a value away."""
        values = dict(planned["environmentValues"])
        with doing("Error updating environment variable", "unexpected error"):
            scopes = _scopes(api, state) or {}
            changes = {str(item["id"]): values.pop(scope, "") for scope, item in scopes.items()}
            body = {"env_vars": {"name": planned["name"], **changes, **values}}
            api.put("v3", f"{_root(planned)}bulk/", body)
        return planned

    def delete(self, api: Api, state: Properties) -> None:
        """DELETE the variable by its name."""
        with doing("Error deleting environment variable", "unexpected error"):
            api.delete("v3", f"{_root(state)}bulk/", {"name": state["name"]})


def _root(properties: Properties) -> str:
    return f"projects/{properties['projectId']}/environment-variables/"


def _scopes(api: Api, properties: Properties) -> Document | None:
    """Number and value of the variable in each environment, or `None` if there is no such variable."""
    variables = api.get("v3", f"{_root(properties)}environment/").get("variables") or {}
    found = variables.get(properties["name"])
    return None if found is None else dict(found)
