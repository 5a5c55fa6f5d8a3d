"""`dbtcloud.Environment`.

Source: recordings of the official provider, and
https://github.com/dbt-labs/terraform-provider-dbtcloud, pkg/framework/objects/environment and
pkg/dbt_cloud/environment.go. Which properties replace, and the checks, are not recorded.
"""

from collections.abc import Mapping
from typing import ClassVar

from toolchain.fake_provider import sdk
from toolchain.fake_provider.api import STATE_ACTIVE, STATE_DELETED, Api, Document, picked
from toolchain.fake_provider.failure import NotFoundError, ProviderError, doing
from toolchain.fake_provider.resource import Found, Problem, Resource, Rule, id_parts, one_of
from toolchain.fake_provider.values import Properties, known

_TYPES = ("development", "deployment")

_PROJECT_FIELDS = {
    "texts": "name description",
    "numbers": "type state account_id",
    "pointers": "freshness_job_id docs_job_id",
}
"""What the official provider sends of a project inside an environment; the service ignores it."""

_OPTIONAL_FIELDS = {
    "credentialId": "credentials_id",
    "deploymentType": "deployment_type",
    "extendedAttributesId": "extended_attributes_id",
    "connectionId": "connection_id",
    "primaryProfileId": "primary_profile_id",
    "enableModelQueryHistory": "enable_model_query_history",
    "enableDbtState": "enable_dbt_state",
}
"""Properties whose fields are sent only with a value; to leave one out clears it."""


class Environment(Resource):
    """A dbt Cloud environment. Its id is `<project number>:<environment number>`."""

    shape = sdk.resource("Environment")
    required = frozenset({"name"})
    rules: ClassVar[Mapping[str, Rule]] = {
        "connectionId": Rule(computed=True),
        "credentialId": Rule(computed=True),
        "dbtVersion": Rule(default="latest"),
        "enableModelQueryHistory": Rule(default=False),
        "environmentId": Rule(computed=True),
        "extendedAttributesId": Rule(computed=True),
        "id": Rule(computed=True),
        "isActive": Rule(default=True),
        "projectId": Rule(replaces=True),
        "type": Rule(replaces=True),
        "useCustomBranch": Rule(default=False),
    }

    def problems(self, inputs: Properties) -> list[Problem]:
        """A type that does not exist."""
        return one_of(inputs.get("type"), _TYPES, attribute="type", path="type")

    def create(self, api: Api, planned: Properties) -> Found:
        """POST the environment."""
        body = {
            "state": STATE_ACTIVE if planned["isActive"] else STATE_DELETED,
            "account_id": api.account_id,
            "project_id": planned["projectId"],
            "name": planned["name"],
            "dbt_version": planned["dbtVersion"],
            "type": planned["type"],
            "use_custom_branch": planned["useCustomBranch"],
            "custom_branch": planned.get("customBranch"),
            "supports_docs": False,
            "created_at": None,
            "updated_at": None,
            "project": picked({}, **_PROJECT_FIELDS),
            "jobs": None,
            "credentials": None,
            "custom_environment_variables": None,
            **_optional_fields(planned),
        }
        with doing("Error creating the environment"):
            environment = api.post("v3", f"projects/{planned['projectId']}/environments/", body)
        state = _read(environment, planned)
        return Found(id=state["id"], state=state)

    def read(self, api: Api, resource_id: str, state: Properties) -> Found | None:
        """GET the environment. One that is gone is an error, as it is to the official provider."""
        refusal = (
            "Error splitting environment ID: invalid environment ID: give "
            "<project number>:<environment number>, e.g. 12:345"
        )
        parts = id_parts(resource_id, state, r"(\d+):(\d+)", refusal)
        try:
            with doing("Error getting the environment"):
                environment = api.get("v3", f"projects/{parts[1]}/environments/{parts[2]}/")
        except NotFoundError as error:
            raise ProviderError(str(error)) from error
        found = _read(environment, state)
        return Found(id=found["id"], state=found)

    def update(self, api: Api, state: Properties, planned: Properties) -> Properties:
        """GET the environment, and POST it with what was planned."""
        path = f"projects/{state['projectId']}/environments/{state['environmentId']}/"
        with doing("Error getting the environment"):
            environment = api.get("v3", path)
        body = _unchanged(environment)
        body |= {"name": planned["name"], "use_custom_branch": planned["useCustomBranch"]}
        # `versionless` is the old name of `latest`.
        if (planned["dbtVersion"], body["dbt_version"]) != ("versionless", "latest"):
            body["dbt_version"] = planned["dbtVersion"]
        if planned.get("customBranch") != state.get("customBranch"):
            body["custom_branch"] = planned.get("customBranch", "")
        for name, field_name in _OPTIONAL_FIELDS.items():
            if planned.get(name) != state.get(name):
                body.pop(field_name, None)
        body |= _optional_fields(planned)
        with doing("Error updating environment"):
            api.send("v3", path, body)
        return {name: value for name, value in planned.items() if known(value) is not None}

    def delete(self, api: Api, state: Properties) -> None:
        """DELETE the environment."""
        path = f"projects/{state['projectId']}/environments/{state['environmentId']}/"
        with doing("Error deleting environment"):
            api.delete("v3", path)


def _optional_fields(planned: Properties) -> Document:
    return {
        field_name: value
        for name, field_name in _OPTIONAL_FIELDS.items()
        if (value := known(planned.get(name)))
    }


def _unchanged(environment: Document) -> Document:
    """The body that sends an environment back as it is; without the nested credentials."""
    body = picked(
        environment,
        texts="name dbt_version type",
        numbers="state account_id project_id",
        flags="use_custom_branch supports_docs",
        pointers="id custom_branch created_at updated_at jobs custom_environment_variables",
    )
    body["project"] = picked(environment.get("project") or {}, **_PROJECT_FIELDS)
    body["credentials"] = None
    return body | {
        field_name: environment[field_name]
        for field_name in _OPTIONAL_FIELDS.values()
        if environment.get(field_name)
    }


def _read(environment: Document, state: Properties) -> Properties:
    version = environment.get("dbt_version")
    if state.get("dbtVersion") == "versionless" and version == "latest":
        version = "versionless"
    return {
        **{name: environment.get(field) or None for name, field in _OPTIONAL_FIELDS.items()},
        "customBranch": environment.get("custom_branch") or None,
        "dbtVersion": version,
        "enableDbtState": environment.get("enable_dbt_state")
        if "enableDbtState" in state
        else None,
        "enableModelQueryHistory": bool(environment.get("enable_model_query_history")),
        "environmentId": environment["id"],
        "id": f"{environment['project_id']}:{environment['id']}",
        "isActive": environment.get("state") == STATE_ACTIVE,
        "name": environment["name"],
        # The service always has one; it is shown only to whom it was given.
        "primaryProfileId": (
            environment.get("primary_profile_id") if "primaryProfileId" in state else None
        ),
        "projectId": environment["project_id"],
        "type": environment["type"],
        "useCustomBranch": bool(environment.get("use_custom_branch")),
    }
