"""`dbtcloud.ServiceToken`.

A token cannot be changed: each change of its name, state or permissions makes a new one. Its secret is
in the answer to its creation only.

Source: recordings of the official provider, and
https://github.com/dbt-labs/terraform-provider-dbtcloud, pkg/framework/objects/service_token.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from toolchain.fake_provider import sdk
from toolchain.fake_provider.api import STATE_ACTIVE, Api, Document
from toolchain.fake_provider.failure import ProviderError, doing
from toolchain.fake_provider.resource import Found, Problem, Resource, Rule, number_of, one_of
from toolchain.fake_provider.values import UNKNOWN, Properties

PERMISSION_SETS = (
    *("owner", "member", "account_admin", "security_admin", "billing_admin", "admin"),
    *("database_admin", "git_admin", "team_admin", "job_admin", "job_runner", "job_viewer"),
    *("analyst", "developer", "stakeholder", "readonly", "project_creator", "account_viewer"),
    *("metadata_only", "semantic_layer_only", "webhooks_only", "fusion_admin"),
    *("cost_management_viewer", "cost_management_admin"),
    *("manage_marketplace_apps", "notification_manager"),
)
"""Those that the provider lets through; the API knows a few more."""

ENVIRONMENT_CATEGORIES = ("all", "development", "staging", "production", "other")

_ALL = ["all"]


class ServiceToken(Resource):
    """A dbt Cloud service token with its permissions."""

    shape = sdk.resource("ServiceToken")
    required = frozenset({"name"})
    missing_warning = "The service token was not found and has been removed from the state."
    rules: ClassVar[Mapping[str, Rule]] = {
        "id": Rule(computed=True, volatile=True),
        "name": Rule(replaces=True),
        "serviceTokenPermissions": Rule(
            default=[],
            inner_defaults={"writableEnvironmentCategories": _ALL},
            replaces=True,
            unordered=True,
        ),
        "state": Rule(default=STATE_ACTIVE, replaces=True),
        "tokenString": Rule(computed=True, volatile=True, secret=True),
        "uid": Rule(computed=True, volatile=True),
    }

    def problems(self, inputs: Properties) -> list[Problem]:
        """Permission sets and environment categories that do not exist."""
        found = []
        permissions = inputs.get("serviceTokenPermissions")
        for permission in permissions if isinstance(permissions, list) else []:
            if permission is UNKNOWN:
                continue
            where = f"service_token_permissions[Value({_shown(permission)})]"
            found += one_of(
                permission.get("permissionSet"),
                PERMISSION_SETS,
                attribute=f"{where}.permission_set",
                path="serviceTokenPermissions.permissionSet",
            )
            categories = permission.get("writableEnvironmentCategories")
            for category in categories if isinstance(categories, list) else []:
                found += one_of(
                    category,
                    ENVIRONMENT_CATEGORIES,
                    attribute=f'{where}.writable_environment_categories[Value("{category}")]',
                    path="serviceTokenPermissions.writableEnvironmentCategories",
                )
        return found

    def create(self, api: Api, planned: Properties) -> Found:
        """POST the token, POST its permissions, GET them."""
        body = {"id": None, "account_id": api.account_id, "uid": ""}
        body |= {"name": planned["name"], "state": planned["state"]}
        with doing("Unable to create the service token"):
            token = api.post("v3", "service-tokens/", body)
        number = token["id"]
        permissions = [
            _permission(item, number, api.account_id) for item in planned["serviceTokenPermissions"]
        ]
        with doing("Unable to assign permissions to the service token"):
            api.send("v3", f"service-tokens/{number}/permissions/", permissions)
        _permissions(api, number)
        state = {
            **planned,
            "id": str(number),
            "tokenString": token["token_string"],
            "uid": token["uid"],
        }
        return Found(id=str(number), state=state)

    def read(self, api: Api, resource_id: str, state: Properties) -> Found | None:
        """GET the token, and its permissions twice, as the official provider does."""
        refusal = (
            'Error importing the service token: "{}" is not the number of one; give the number in '
            "its address"
        )
        number = number_of(resource_id, state, refusal)
        with doing("Error getting the service token"):
            token = api.get("v3", f"service-tokens/{number}/")
        # The service goes on answering for a deleted token.
        if token.get("state") != STATE_ACTIVE:
            return None
        _permissions(api, number)
        permissions = _permissions(api, number)
        found: Properties = {
            "id": str(token["id"]),
            "name": token["name"],
            "serviceTokenPermissions": [_permission_properties(item) for item in permissions],
            "state": token["state"],
            "uid": token["uid"],
        }
        if "tokenString" in state:
            found["tokenString"] = state["tokenString"]
        return Found(id=str(token["id"]), state=found)

    def update(self, api: Api, state: Properties, planned: Properties) -> Properties:
        """Never called by the engine, since every change replaces the token."""
        message = (
            "Error updating service token: a service token cannot be changed; each change makes a "
            "new one"
        )
        raise ProviderError(message)

    def delete(self, api: Api, state: Properties) -> None:
        """DELETE the token."""
        with doing("Unable to delete the service token"):
            api.delete("v3", f"service-tokens/{state['id']}/")


def _permissions(api: Api, number: object) -> list[Document]:
    with doing("Error getting the service token permissions"):
        return list(api.items("v3", f"service-tokens/{number}/permissions/"))


def _permission(item: Properties, number: object, account_id: int) -> Document:
    body: Document = {
        "account_id": account_id,
        "service_token_id": number,
        "all_projects": item["allProjects"],
        "permission_set": item["permissionSet"],
    }
    if not item["allProjects"] and "projectId" in item:
        body["project_id"] = item["projectId"]
    categories = item.get("writableEnvironmentCategories") or []
    # To the service, absent means all; the official provider sends neither `all` nor nothing.
    if categories and "all" not in categories:
        body["writable_environment_categories"] = categories
    return body


def _permission_properties(item: Document) -> Properties:
    found: Properties = {
        "allProjects": bool(item.get("all_projects")),
        "permissionSet": item["permission_set"],
        "writableEnvironmentCategories": item.get("writable_environment_categories") or _ALL,
    }
    if item.get("project_id") is not None:
        found["projectId"] = item["project_id"]
    return found


def _shown(permission: Properties) -> str:
    """A permission as the official provider shows it in an error."""
    names = ("allProjects", "permissionSet", "projectId", "writableEnvironmentCategories")
    properties = sdk.resource("ServiceToken").properties["serviceTokenPermissions"].type.element
    fields = properties.fields if properties else {}
    inner = ",".join(
        f'"{fields[name].snake}":{_shown_value(permission.get(name))}' for name in names
    )
    return f"{{{inner}}}"


def _shown_value(value: Any) -> str:  # noqa: ANN401 - whatever a permission may hold
    if value is None:
        return "<null>"
    if value is UNKNOWN:
        return "<unknown>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{','.join(_shown_value(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
