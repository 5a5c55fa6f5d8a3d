"""Values of environment variables for one job, over those of its environment."""

from typing import Any, Literal

from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.errors import InvalidRequestError, NotFoundError
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete
from localcloud.resources.environment_variables import MASK, OVERRIDE_KIND, stored
from localcloud.resources.records import new_record
from localcloud.secret_variables import is_secret
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, Doc

ROUTES = Routes("environment_variables")


class OverrideBody(Body):
    """A job's own value of a variable."""

    name: str
    job_definition_id: int
    raw_value: str
    type: Literal["job"] = "job"


_P = "/v3/accounts/{account_id}/projects/{project_id}/environment-variables/"


@ROUTES.get(_P + "job/")
def list_by_job(call: Call) -> Answer:
    """Every variable with its values for the job that the query names.

    A level without a value is absent: null there breaks clients.

    Source: the provider's `environment_variable_job_override.go`; dbt-jobs-as-code.
    """
    project = call.project()
    job_ids = call.query.ids("job_definition_id")
    job = call.session.get("job", job_ids[0]) if job_ids else None
    if job is None or job["project_id"] != project["id"] or job["state"] != ACTIVE:
        raise NotFoundError
    variables: dict[str, dict[str, Any]] = {}
    for doc in stored(call, project["id"]):
        levels = {None: "project", job["environment_id"]: "environment"}
        if doc["environment_id"] in levels:
            level = levels[doc["environment_id"]]
            value = {"id": doc["id"], "value": doc["value"]}
            variables.setdefault(doc["name"], {})[level] = value
    where = [equals("job_id", job["id"]), equals("state", ACTIVE)]
    for override in call.session.find(OVERRIDE_KIND, where):
        value = {"id": override["id"], "value": override["display_value"]}
        variables.setdefault(override["name"], {})["job"] = value
    return Answer(variables)


@ROUTES.post(_P)
def create_override(call: Call) -> Answer:
    """A job's own value. Source: the provider's `environment_variable_job_override.go`."""
    project = call.project()
    body = call.body.read(OverrideBody)
    call.referred("job", body.job_definition_id, "job_definition_id", project["id"])
    if not stored(call, project["id"], body.name):
        problem = f"the project has no variable {body.name}"
        raise InvalidRequestError({"name": problem})
    where = [equals("job_id", body.job_definition_id), equals("name", body.name)]
    if call.session.count(OVERRIDE_KIND, [*where, equals("state", ACTIVE)]):
        raise InvalidRequestError({"name": f"the job has its own value of {body.name} already"})
    doc = new_record(call, {"project_id": project["id"]}, timestamp=None)
    return created(_store(call, doc, body))


@ROUTES.post(_P + "{override_id}/")
def update_override(call: Call) -> Answer:
    """Another value for the job. Source: `environment_variable_job_override.go`."""
    override = _load(call)
    body = call.body.read(OverrideBody)
    if (body.name, body.job_definition_id) != (override["name"], override["job_definition_id"]):
        problem = "the variable and the job of an override cannot change"
        raise InvalidRequestError({"name": problem})
    return Answer(_store(call, override, body))


@ROUTES.delete(_P + "{override_id}/")
def remove_override(call: Call) -> Answer:
    """Delete a job's value; the environment's value applies again. Source: the same."""
    return Answer(delete(call.session, OVERRIDE_KIND, _load(call)))


def _load(call: Call) -> Doc:
    return call.load_in_project(OVERRIDE_KIND, call.param("override_id"))


def _store(call: Call, doc: Doc, body: OverrideBody) -> Doc:
    secret = is_secret(body.name)
    doc = {
        **doc,
        "job_definition_id": body.job_definition_id,
        "name": body.name,
        "type": body.type,
        "display_value": MASK if secret else body.raw_value,
    }
    doc = (
        call.session.put(OVERRIDE_KIND, doc) if doc["id"] else call.session.add(OVERRIDE_KIND, doc)
    )
    if secret:
        call.session.set_secret(OVERRIDE_KIND, doc["id"], "value", body.raw_value)
    return doc
