"""Environment variables of a project: one value for each environment, and one for all others.

Values of variables whose name begins with `DBT_ENV_SECRET` are stored separately and never returned.
"""

from typing import Any

from localcloud.http.answers import Answer, created
from localcloud.http.errors import InvalidRequestError, NotFoundError
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete
from localcloud.resources.records import new_record
from localcloud.secret_variables import is_secret
from localcloud.state.query import Condition, equals
from localcloud.state.store import ACTIVE, Doc

ROUTES = Routes("environment_variables")

KIND = "environment_variable"
MASK = "*" * 8
"""What answers show of a secret value: not null, which would read as no value."""

OVERRIDE_KIND = "environment_variable_override"
"""A job's own value; see `environment_variable_overrides`."""

_PROJECT_SCOPE = "project"
_PREFIX = "DBT_"

_P = "/v3/accounts/{account_id}/projects/{project_id}/environment-variables/"


@ROUTES.get(_P + "environment/")
def list_by_environment(call: Call) -> Answer:
    """Every variable with the scopes that have a value, and only these.

    Source: the provider's `environment_variable.go`: a scope with null would read as "".
    """
    project = call.project()
    names = _environment_names(call, project)
    variables: dict[str, dict[str, Any]] = {}
    for doc in stored(call, project["id"]):
        scope = _scope_name(doc, names)
        variables.setdefault(doc["name"], {})[scope] = {"id": doc["id"], "value": doc["value"]}
    return Answer({"environments": [_PROJECT_SCOPE, *names.values()], "variables": variables})


@ROUTES.post(_P + "bulk/")
def create_variable(call: Call) -> Answer:
    """A new variable with a value for each scope: an object in, an object out; or lists of them.

    Source: the provider's `environment_variable.go` (objects); dbt Cloud's OpenAPI, version 3
    (lists).
    """
    project = call.project()
    sent = _object(call.body.json())
    wanted = sent.get("env_var")
    if isinstance(wanted, list):
        return created([_create(call, project, _object(item)) for item in wanted])
    return created(_create(call, project, _object(wanted)))


@ROUTES.put(_P + "bulk/")
def update_variable(call: Call) -> Answer:
    """Change a variable's values, by their ids or their environments' names; "" removes one.

    Source: the provider's `environment_variable.go`.
    """
    project = call.project()
    sent = _object(_object(call.body.json()).get("env_vars"))
    name = _name(sent, "name")
    scopes = {doc["environment_id"]: doc for doc in stored(call, project["id"], name)}
    if not scopes:
        raise NotFoundError
    new_name = sent.get("new_name") or name
    if new_name != name:
        _require_new(call, project, _name(sent, "new_name"))
        _require_same_kind(name, new_name)
        for environment_id, doc in scopes.items():
            scopes[environment_id] = call.session.put(KIND, {**doc, "name": new_name})
        for override in _overrides(call, project, name):
            call.session.put(OVERRIDE_KIND, {**override, "name": new_name})
    made, removed = [], []
    for key, value in sent.items():
        if key in ("name", "new_name"):
            continue
        environment_id = _scope_of(call, project, key, scopes)
        old = scopes.get(environment_id)
        if value in ("", None):
            if old is not None:
                delete(call.session, KIND, old)
                removed.append(old["id"])
            continue
        doc = _store(call, project, new_name, environment_id, _text(key, value), old)
        if old is None:
            made.append(doc["id"])
    if not stored(call, project["id"], new_name):
        _delete_overrides(call, project, new_name)
    ids = {"new_var_ids": made, "deleted_var_ids": removed, "failures": []}
    return Answer({"message": "Variables updated.", **ids})


@ROUTES.delete(_P + "bulk/")
def remove_variable(call: Call) -> Answer:
    """Delete a variable in every scope, and with it the values jobs have of it (an inference).

    Source: the provider's `environment_variable.go`.
    """
    project = call.project()
    name = _name(_object(call.body.json()), "name")
    docs = stored(call, project["id"], name)
    if not docs:
        raise NotFoundError
    for doc in docs:
        delete(call.session, KIND, doc)
    _delete_overrides(call, project, name)
    return Answer({"message": "Variable deleted.", "deleted_var_ids": [doc["id"] for doc in docs]})


def stored(call: Call, project_id: int, name: str | None = None) -> list[Doc]:
    """The values of a project's variables, of one variable if named."""
    where: list[Condition] = [equals("project_id", project_id), equals("state", ACTIVE)]
    if name is not None:
        where.append(equals("name", name))
    return call.session.find(KIND, where)


def _overrides(call: Call, project: Doc, name: str) -> list[Doc]:
    where = [equals("project_id", project["id"]), equals("state", ACTIVE), equals("name", name)]
    return call.session.find(OVERRIDE_KIND, where)


def _delete_overrides(call: Call, project: Doc, name: str) -> None:
    for override in _overrides(call, project, name):
        delete(call.session, OVERRIDE_KIND, override)


def _create(call: Call, project: Doc, sent: dict[str, Any]) -> dict[str, Any]:
    name = _name(sent, "new_name")
    _require_new(call, project, name)
    made = [
        _store(call, project, name, _scope_of(call, project, key, {}), _text(key, value), None)
        for key, value in sent.items()
        if key != "new_name" and value not in ("", None)
    ]
    return {"message": "Variables created.", "new_var_ids": [doc["id"] for doc in made]}


def _store(
    call: Call, project: Doc, name: str, environment_id: int | None, value: str, old: Doc | None
) -> Doc:
    fields = {
        "id": None if old is None else old["id"],
        "project_id": project["id"],
        "environment_id": environment_id,
        "name": name,
        "value": MASK if is_secret(name) else value,
    }
    doc = new_record(call, fields, timestamp=None)
    doc = call.session.add(KIND, doc) if old is None else call.session.put(KIND, doc)
    if is_secret(name):
        call.session.set_secret(KIND, doc["id"], "value", value)
    return doc


def _environment_names(call: Call, project: Doc) -> dict[int, str]:
    where = [equals("project_id", project["id"]), equals("state", ACTIVE)]
    return {doc["id"]: doc["name"] for doc in call.session.find("environment", where)}


def _scope_name(doc: Doc, names: dict[int, str]) -> str:
    environment_id = doc["environment_id"]
    return _PROJECT_SCOPE if environment_id is None else names.get(environment_id, "")


def _scope_of(call: Call, project: Doc, key: str, scopes: dict[int | None, Doc]) -> int | None:
    """The environment that a key of the request means: a value's id, a name, or "project"."""
    if key == _PROJECT_SCOPE:
        return None
    for environment_id, doc in scopes.items():
        if key == str(doc["id"]):
            return environment_id
    for environment_id, name in _environment_names(call, project).items():
        if key == name:
            return environment_id
    raise InvalidRequestError({key: "neither an environment's name nor the id of a value"})


def _require_new(call: Call, project: Doc, name: str) -> None:
    if stored(call, project["id"], name):
        raise InvalidRequestError({"new_name": f"the project has a variable {name} already"})


def _require_same_kind(old: str, new: str) -> None:
    if is_secret(old) != is_secret(new):
        problem = "a secret variable stays secret, another one stays readable; make a new one"
        raise InvalidRequestError({"new_name": problem})


def _name(sent: dict[str, Any], key: str) -> str:
    name = sent.get(key)
    if not isinstance(name, str) or not name.startswith(_PREFIX):
        raise InvalidRequestError({key: f"the name of a variable begins with {_PREFIX}"})
    return name


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidRequestError({key: "a value is text"})
    return value


def _object(sent: object) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise InvalidRequestError({"env_var": "an object is expected"})
    return sent
