"""`dbtcloud.EnvironmentVariable`: one variable of a project, with a value for each environment.

And `dbtcloud.EnvironmentVariableJobOverride`: a variable's value in the runs of one job.

From documentation, not from recordings: https://github.com/dbt-labs/terraform-provider-dbtcloud,
pkg/framework/objects/environment_variable, pkg/framework/objects/environment_variable_job_override, and
the files of these names in pkg/dbt_cloud.
"""

from collections.abc import Mapping
from typing import ClassVar

from toolchain.fake_provider import sdk
from toolchain.fake_provider.api import Api, Document
from toolchain.fake_provider.failure import NotFoundError, ProviderError, doing
from toolchain.fake_provider.resource import Found, Resource, Rule, id_parts
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
        refusal = "Unexpected Import Identifier: give <project number>:<name>, e.g. 12:DBT_X"
        parts = id_parts(resource_id, state, r"(\d+):(\w+)", refusal)
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


class EnvironmentVariableJobOverride(Resource):
    """A job's own value of a variable. Its id is `<project number>:<job number>:<own number>`."""

    shape = sdk.resource("EnvironmentVariableJobOverride")
    required = frozenset({"name"})
    missing_warning = (
        "The environment variable job override was not found and has been removed from the state."
    )
    rules: ClassVar[Mapping[str, Rule]] = {
        "accountId": Rule(computed=True),
        "environmentVariableJobOverrideId": Rule(computed=True),
        "id": Rule(computed=True),
        "jobDefinitionId": Rule(replaces=True),
        "name": Rule(replaces=True),
        "projectId": Rule(replaces=True),
    }

    def create(self, api: Api, planned: Properties) -> Found:
        """POST the value."""
        with doing("Error creating environment variable job override"):
            made = api.post("v3", _root(planned), _body(api, planned, None))
        number = f"{made['project_id']}:{made['job_definition_id']}:{made['id']}"
        state = {
            **planned,
            "accountId": made["account_id"],
            "environmentVariableJobOverrideId": made["id"],
            "id": number,
        }
        return Found(id=number, state=state)

    def read(self, api: Api, resource_id: str, state: Properties) -> Found | None:
        """GET the variables of the job, and look for the value among them.

        The official provider takes the value from the service for an import only; later it keeps the
        last known one, so a change made elsewhere does not show. An import of a value that is gone is an
        error.
        """
        refusal = (
            "Unexpected Import Identifier: give <project number>:<job number>:<override number>, "
            "e.g. 12:34:56"
        )
        parts = id_parts(resource_id, state, r"(\d+):(\d+):(\d+)", refusal)
        project_id, job_id, number = (int(part) for part in parts.groups())
        path = f"projects/{project_id}/environment-variables/job/?job_definition_id={job_id}"
        try:
            with doing("Error reading environment variable job override"):
                variables = api.get("v3", path)
        except NotFoundError:
            variables = {}
        for name, scopes in variables.items():
            override = scopes.get("job")
            if override and override["id"] == number:
                found = {
                    "accountId": api.account_id,
                    "environmentVariableJobOverrideId": number,
                    "id": parts[0],
                    "jobDefinitionId": job_id,
                    "name": name,
                    "projectId": project_id,
                    "rawValue": state.get("rawValue", override["value"]),
                }
                return Found(id=parts[0], state=found)
        if not state:
            message = (
                "Unexpected Import Identifier: Could not get environment variable job override."
            )
            raise ProviderError(message)
        return None

    def update(self, api: Api, state: Properties, planned: Properties) -> Properties:
        """POST the new value."""
        number = state["environmentVariableJobOverrideId"]
        with doing("Error updating environment variable job override"):
            api.send("v3", f"{_root(state)}{number}/", _body(api, planned, number))
        return planned

    def delete(self, api: Api, state: Properties) -> None:
        """DELETE the value; the job then has the variable's value of its environment again."""
        with doing("Error deleting environment variable job override"):
            api.delete("v3", f"{_root(state)}{state['environmentVariableJobOverrideId']}/")


def _root(properties: Properties) -> str:
    return f"projects/{properties['projectId']}/environment-variables/"


def _scopes(api: Api, properties: Properties) -> Document | None:
    """Number and value of the variable in each environment, or `None` if there is no such variable."""
    variables = api.get("v3", f"{_root(properties)}environment/").get("variables") or {}
    found = variables.get(properties["name"])
    return None if found is None else dict(found)


def _body(api: Api, planned: Properties, number: int | None) -> Document:
    return {
        "id": number,
        "account_id": api.account_id,
        "job_definition_id": planned["jobDefinitionId"],
        "name": planned["name"],
        "project_id": planned["projectId"],
        "raw_value": planned["rawValue"],
        "type": "job",
    }
