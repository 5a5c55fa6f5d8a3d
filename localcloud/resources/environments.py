"""Environments of dbt projects."""

from typing import Literal

from pydantic import Field

from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.errors import InvalidRequestError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete_environment
from localcloud.resources.profiles import mirrored
from localcloud.resources.records import changed, new_record
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, DELETED, Doc

ROUTES = Routes("environments")

DEFAULT_DBT_VERSION = "latest"

_SAME_VERSION = {"versionless": "latest"}
"""Older names. Source: the provider's `dbt_version_validator.go`."""


class EnvironmentBody(Body):
    """What an environment is made or replaced with; what is absent falls back to its default.

    A nested `project`, `jobs` or `custom_environment_variables` is left out; a nested
    `credentials` object is refused, as dbt Cloud does.
    """

    name: str = Field(min_length=1)
    type: Literal["development", "deployment"] = "deployment"
    deployment_type: Literal["production", "staging"] | None = None
    dbt_version: str | None = None
    use_custom_branch: bool = False
    custom_branch: str | None = None
    supports_docs: bool = False
    state: Literal[1, 2] = ACTIVE
    credentials: None = None
    credentials_id: int | None = None
    connection_id: int | None = None
    extended_attributes_id: int | None = None
    primary_profile_id: int | None = None
    enable_model_query_history: bool = False
    enable_dbt_state: bool = False


_P = "/v3/accounts/{account_id}/projects/{project_id}/environments/"
_P2 = "/v2/accounts/{account_id}/projects/{project_id}/environments/"
_FILTERS = {
    "project_id": "project_id",
    "project_id__in": "project_id",
    "type": "type",
    "deployment_type": "deployment_type",
    "dbt_version": "dbt_version",
    "name": "name",
    "name__icontains": "name",
    "pk": "id",
}


@ROUTES.get(
    "/v3/accounts/{account_id}/environments/", "/v2/accounts/{account_id}/environments/", _P, _P2
)
def list_environments(call: Call) -> Answer:
    """The environments, of one project when the path names it.

    Source: dbt Cloud's OpenAPI; the provider and dbt-jobs-as-code use the account's path, which
    the OpenAPI lacks.
    """
    where = [equals("project_id", call.project()["id"])] if "project_id" in call.params else []
    page = list_page(call, "environment", where, filters=_FILTERS)
    page.items[:] = [environment_view(environment) for environment in page.items]
    return page.answer()


@ROUTES.post(_P)
def create_environment(call: Call) -> Answer:
    """A new environment. Source: the provider's `environment.go`."""
    project = call.project()
    body = call.body.read(EnvironmentBody)
    doc = new_environment(call, project["id"], body)
    doc.update(_checked(call, project, body, None))
    return created(environment_view(call.session.add("environment", doc)))


def new_environment(call: Call, project_id: int, body: EnvironmentBody) -> Doc:
    """An environment that is about to be stored."""
    return new_record(call, {"project_id": project_id, **_fields(body)})


@ROUTES.get(_P + "{environment_id}/", _P2 + "{environment_id}/")
def get_environment(call: Call) -> Answer:
    """An environment. Source: the provider's `environment.go`."""
    return Answer(environment_view(_load(call)))


@ROUTES.get(
    "/v3/accounts/{account_id}/environments/{environment_id}/",
    "/v2/accounts/{account_id}/environments/{environment_id}/",
)
def get_environment_of_account(call: Call) -> Answer:
    """An environment, found without its project. Source: dbt Cloud's OpenAPI, version 2."""
    return Answer(environment_view(call.load("environment", call.param("environment_id"))))


@ROUTES.post(_P + "{environment_id}/")
def update_environment(call: Call) -> Answer:
    """Replace an environment, or delete it with `state: 2`; what the body leaves out is reset.

    Source: dbt Cloud's OpenAPI, version 3. The provider omits keys to clear them.
    """
    environment = _load(call)
    body = call.body.read(EnvironmentBody)
    if body.state == DELETED:
        return Answer(environment_view(delete_environment(call.session, environment)))
    changes = _checked(call, call.project(), body, environment)
    doc = changed(call, environment, changes)
    return Answer(environment_view(call.session.put("environment", doc)))


@ROUTES.delete(_P + "{environment_id}/")
def remove_environment(call: Call) -> Answer:
    """Delete an environment and its jobs; answers 200 and it. Source: a recorded answer."""
    return Answer(environment_view(delete_environment(call.session, _load(call))))


def environment_view(environment: Doc) -> Doc:
    """The environment as the API returns it.

    `jobs`, `custom_environment_variables` and `credentials` are null: a list or an object there
    breaks clients that decode strictly.
    """
    return {
        **environment,
        "raw_dbt_version": environment["dbt_version"],
        "is_deferrable": environment["type"] == "deployment",
        "enable_dbt_state": environment.get("enable_dbt_state", False),
        "project": None,
        "jobs": None,
        "credentials": None,
        "custom_environment_variables": None,
    }


def _load(call: Call) -> Doc:
    return call.load_in_project("environment", call.param("environment_id"))


def _fields(body: EnvironmentBody) -> Doc:
    version = body.dbt_version or DEFAULT_DBT_VERSION
    names = set(EnvironmentBody.model_fields) - {"credentials", "state"}
    return {
        **body.model_dump(include=names),
        "dbt_version": _SAME_VERSION.get(version, version),
    }


def _checked(call: Call, project: Doc, body: EnvironmentBody, old: Doc | None) -> Doc:
    """The fields of an environment that a request sets, after every rule."""
    doc = _fields(body)
    if old is not None and doc["type"] != old["type"]:
        raise InvalidRequestError({"type": "the type of an environment cannot change"})
    if doc["type"] == "development" and doc["deployment_type"] is not None:
        problem = "a development environment has no deployment type"
        raise InvalidRequestError({"deployment_type": problem})
    _check_only_one(call, project, doc, old)
    for kind, field in (
        ("connection", "connection_id"),
        ("credential", "credentials_id"),
        ("extended_attributes", "extended_attributes_id"),
        ("profile", "primary_profile_id"),
    ):
        if not doc[field]:
            doc[field] = None
            continue
        in_project = None if kind == "connection" else project["id"]
        call.referred(kind, doc[field], field, in_project)
    return mirrored(call.session, doc)


def _check_only_one(call: Call, project: Doc, doc: Doc, old: Doc | None) -> None:
    """Refuse a second development, production or staging environment in a project.

    Source: https://docs.getdbt.com/docs/dbt-cloud-environments ; that the API refuses it with
    400 is an inference.
    """
    field = "type" if doc["type"] == "development" else "deployment_type"
    if doc[field] is None:
        return
    where = [
        equals("project_id", project["id"]),
        equals("state", ACTIVE),
        equals(field, doc[field]),
    ]
    others = [
        other["id"]
        for other in call.session.find("environment", where)
        if old is None or other["id"] != old["id"]
    ]
    if others:
        problem = f"the project has a {doc[field]} environment already: {others[0]}"
        raise InvalidRequestError({field: problem})
