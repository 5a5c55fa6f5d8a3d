"""`dbtcloud.Project`.

Source: recordings of the official provider, and
https://github.com/dbt-labs/terraform-provider-dbtcloud, pkg/framework/objects/project.
"""

from collections.abc import Mapping
from typing import ClassVar

from toolchain.fake_provider import sdk
from toolchain.fake_provider.api import STATE_ACTIVE, STATE_DELETED, Api, Document, picked
from toolchain.fake_provider.failure import doing
from toolchain.fake_provider.resource import MISSING_ID, Found, Resource, Rule, number_of
from toolchain.fake_provider.values import Properties, known


class Project(Resource):
    """A dbt Cloud project."""

    shape = sdk.resource("Project")
    required = frozenset({"name"})
    rules: ClassVar[Mapping[str, Rule]] = {
        "dbtProjectSubdirectory": Rule(default=""),
        "description": Rule(computed=True),
        "id": Rule(computed=True),
        "type": Rule(computed=True),
    }

    def create(self, api: Api, planned: Properties) -> Found:
        """POST the project."""
        body = {
            "name": planned["name"],
            "description": known(planned.get("description")) or "",
            "type": known(planned.get("type")) or 0,
            "state": STATE_ACTIVE,
            "account_id": api.account_id,
            "freshness_job_id": None,
            "docs_job_id": None,
        }
        if planned["dbtProjectSubdirectory"]:
            body["dbt_project_subdirectory"] = planned["dbtProjectSubdirectory"]
        with doing("Error creating project", "Could not create project"):
            project = api.post("v3", "projects/", body)
        return Found(id=MISSING_ID, state=_read(project))

    def read(self, api: Api, resource_id: str, state: Properties) -> Found | None:
        """GET the project."""
        refusal = (
            'Error importing project: Could not convert project ID to integer: "{}"; '
            "give the project's number, as in its address"
        )
        number = number_of(resource_id, state, refusal)
        with doing("Error Reading dbt Cloud Project", f"Could not read project ID {number}"):
            project = api.get("v3", _path(number))
        return Found(id=MISSING_ID, state=_read(project))

    def update(self, api: Api, state: Properties, planned: Properties) -> Properties:
        """GET the project, and POST it with what was planned."""
        number = state["id"]
        with doing("Error retrieving dbt Cloud Project", f"Could not read project {number}"):
            project = api.get("v3", _path(number))
        body = _unchanged(project) | {
            "name": planned["name"],
            "description": planned.get("description", ""),
            "dbt_project_subdirectory": planned["dbtProjectSubdirectory"],
            "type": planned.get("type", 0),
        }
        with doing("Error updating project", f"Could not update project {number}"):
            project = api.post("v3", f"projects/{number}/", body)
        return _read(project)

    def delete(self, api: Api, state: Properties) -> None:
        """GET the project, and POST it as deleted."""
        number = state["id"]
        with doing(
            "Error retrieving dbt Cloud Project for deletion", f"Could not read project {number}"
        ):
            project = api.get("v3", _path(number))
        with doing("Error Deleting dbt Cloud Project", f"Could not delete project {number}"):
            api.send("v3", f"projects/{number}/", {**_unchanged(project), "state": STATE_DELETED})


def _path(number: object) -> str:
    return f"projects/{number}/?include_related=[freshness_job_id,docs_job_id]"


def _unchanged(project: Document) -> Document:
    """The body that sends a project back as it is.

    Without its connection: to send that one changes it in every environment of the project.
    """
    body = picked(
        project,
        texts="name description",
        numbers="type state account_id",
        pointers="id freshness_job_id docs_job_id",
    )
    optional = ("dbt_project_subdirectory", "repository_id", "semantic_layer_config_id")
    return body | {name: project[name] for name in optional if project.get(name) is not None}


def _read(project: Document) -> Properties:
    return {
        "dbtProjectSubdirectory": project.get("dbt_project_subdirectory") or "",
        "description": project.get("description") or "",
        "id": str(project["id"]),
        "name": project["name"],
        "type": project.get("type") or 0,
    }
