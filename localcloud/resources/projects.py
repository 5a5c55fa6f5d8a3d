"""dbt projects, and the repository that is attached to one."""

from typing import Literal

from pydantic import Field

from localcloud.clock import spaced
from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.errors import InvalidRequestError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete_project
from localcloud.resources.records import changed, new_record
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, DELETED, Doc

ROUTES = Routes("projects")


class ProjectBody(Body):
    """What a project is made or replaced with; what is absent falls back to its default."""

    name: str = Field(min_length=1)
    description: str | None = ""
    type: Literal[0, 1] = 0
    state: Literal[1, 2] = ACTIVE
    dbt_project_subdirectory: str | None = None
    connection_id: int | None = None
    repository_id: int | None = None
    semantic_layer_config_id: int | None = None
    docs_job_id: int | None = None
    freshness_job_id: int | None = None


@ROUTES.get("/v3/accounts/{account_id}/projects/", "/v2/accounts/{account_id}/projects/")
def list_projects(call: Call) -> Answer:
    """The projects. Source: dbt Cloud's OpenAPI; the provider's `projects.go`."""
    page = list_page(
        call,
        "project",
        filters={"name": "name", "name__icontains": "name", "pk": "id"},
        project_field="id",
    )
    page.items[:] = [project_view(call, project) for project in page.items]
    return page.answer()


@ROUTES.post("/v3/accounts/{account_id}/projects/", resource="new_projects")
def create_project(call: Call) -> Answer:
    """A new project. Source: the provider's `project.go`."""
    call.require(None)
    body = call.body.read(ProjectBody)
    doc = new_record(call, body.model_dump(), timestamp=spaced)
    _check_references(call, doc, project_id=None)
    return created(project_view(call, call.session.add("project", doc)))


@ROUTES.get(
    "/v3/accounts/{account_id}/projects/{project_id}/",
    "/v2/accounts/{account_id}/projects/{project_id}/",
)
def get_project(call: Call) -> Answer:
    """A project. Source: the provider's `project.go`."""
    return Answer(project_view(call, call.project()))


@ROUTES.post("/v3/accounts/{account_id}/projects/{project_id}/")
def update_project(call: Call) -> Answer:
    """Replace a project, or delete it with `state: 2`.

    What the body leaves out is reset; that is how a repository is detached. Only
    `connection_id` is kept when absent; when present it is given to every environment.

    Source: the provider's `project.go` and the comment in `pkg/framework/objects/project`.
    """
    project = call.project()
    body = call.body.read(ProjectBody)
    if body.state == DELETED:
        return Answer(project_view(call, delete_project(call.session, project)))
    sent = body.model_dump()
    if body.connection_id is None:
        sent["connection_id"] = project["connection_id"]
    doc = changed(call, project, sent, timestamp=spaced)
    _check_references(call, doc, project_id=project["id"])
    call.session.put("project", doc)
    if body.connection_id is not None:
        for environment in call.session.find(
            "environment", [equals("project_id", project["id"]), equals("state", ACTIVE)]
        ):
            call.session.put("environment", {**environment, "connection_id": body.connection_id})
    return Answer(project_view(call, doc))


@ROUTES.delete("/v3/accounts/{account_id}/projects/{project_id}/")
def remove_project(call: Call) -> Answer:
    """Delete a project; answers 200 and the project. Source: a recorded answer."""
    return Answer(project_view(call, delete_project(call.session, call.project())))


def project_view(call: Call, project: Doc) -> Doc:
    """The project as the API returns it, with its connection and repository or null."""
    connection = _related(call, "connection", project["connection_id"])
    repository = _related(call, "repository", project["repository_id"])
    return {
        **project,
        "skipped_setup": False,
        "connection": connection
        and {
            key: connection[key]
            for key in ("id", "account_id", "name", "adapter_version", "config", "state")
        },
        "repository": repository,
        "environments": None,
        "group_permissions": None,
        "docs_job": None,
        "freshness_job": None,
        "default_version": None,
    }


def _related(call: Call, kind: str, resource_id: int | None) -> Doc | None:
    doc = None if resource_id is None else call.session.get(kind, resource_id)
    return None if doc is None or doc.get("state") == DELETED else doc


def _check_references(call: Call, project: Doc, project_id: int | None) -> None:
    if project["repository_id"] is not None:
        if project_id is None:
            problem = "a project has no repository before it is made; attach it afterwards"
            raise InvalidRequestError({"repository_id": problem})
        call.referred("repository", project["repository_id"], "repository_id", project_id)
    if project["connection_id"] is not None:
        call.referred("connection", project["connection_id"], "connection_id")
    for name in ("docs_job_id", "freshness_job_id"):
        if project[name] is not None:
            call.referred("job", project[name], name, project_id)
