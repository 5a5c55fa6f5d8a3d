"""Profiles: a connection, credentials and extended attributes under one key of a project."""

from typing import Annotated

from pydantic import Field

from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.errors import InvalidRequestError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete
from localcloud.resources.records import changed, new_record
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, Doc, Session

ROUTES = Routes("environments")

Key = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
_MIRRORED = ("connection_id", "credentials_id", "extended_attributes_id")


class ProfileBody(Body):
    """What a profile is made with."""

    key: Key
    connection_id: int | None = None
    credentials_id: int | None = None
    extended_attributes_id: int | None = None


class ProfileUpdateBody(Body):
    """What an update may change; null clears, what is absent stays."""

    key: Key = ""
    connection_id: int | None = None
    credentials_id: int | None = None
    extended_attributes_id: int | None = None


_P = "/v3/accounts/{account_id}/projects/{project_id}/profiles/"


@ROUTES.get(_P)
def list_profiles(call: Call) -> Answer:
    """The project's profiles. Source: the provider's `profile.go`."""
    page = list_page(call, "profile", [equals("project_id", call.project()["id"])])
    page.items[:] = [profile_view(call, profile) for profile in page.items]
    return page.answer()


@ROUTES.post(_P)
def create_profile(call: Call) -> Answer:
    """A new profile. Source: the provider's `profile.go`; dbt Cloud's OpenAPI, version 3."""
    project = call.project()
    body = call.body.read(ProfileBody)
    doc = new_record(call, {"project_id": project["id"], **body.model_dump()})
    _check(call, doc, None)
    return created(profile_view(call, call.session.add("profile", doc)))


@ROUTES.get(_P + "{profile_id}/")
def get_profile(call: Call) -> Answer:
    """A profile. Source: the provider's `profile.go`."""
    return Answer(profile_view(call, _load(call)))


@ROUTES.patch(_P + "{profile_id}/")
def update_profile(call: Call) -> Answer:
    """Change a profile, and with it the environments that it is bound to.

    Source: the provider's `profile.go`.
    """
    profile = _load(call)
    sent = call.body.read(ProfileUpdateBody).model_dump(exclude_unset=True)
    doc = changed(call, profile, sent)
    _check(call, doc, profile["id"])
    call.session.put("profile", doc)
    for environment in _bound(call, doc):
        call.session.put("environment", mirrored(call.session, environment))
    return Answer(profile_view(call, doc))


@ROUTES.delete(_P + "{profile_id}/")
def remove_profile(call: Call) -> Answer:
    """Delete a profile; refused while an environment is bound to it.

    Source: dbt Cloud's OpenAPI, version 3.
    """
    profile = _load(call)
    bound = [environment["id"] for environment in _bound(call, profile)]
    if bound:
        problem = f"environments are bound to this profile: {', '.join(map(str, bound))}"
        raise InvalidRequestError({"profile": problem})
    return Answer(profile_view(call, delete(call.session, "profile", profile)))


def mirrored(session: Session, environment: Doc) -> Doc:
    """An environment with what its primary profile says, if it has one.

    The profile wins over ids in the same request: an update from one profile to another still
    carries the first one's ids (the provider's `environment.go`).
    """
    profile_id = environment["primary_profile_id"]
    profile = None if profile_id is None else session.get("profile", profile_id)
    if profile is None:
        return environment
    return {**environment, **{name: profile[name] for name in _MIRRORED}}


def profile_view(call: Call, profile: Doc) -> Doc:
    """The profile as the API returns it, with the environments that are bound to it."""
    bindings = [{"environment_id": environment["id"]} for environment in _bound(call, profile)]
    return {**profile, "primary_bindings": bindings, "catalog_bindings": []}


def _load(call: Call) -> Doc:
    return call.load_in_project("profile", call.param("profile_id"))


def _bound(call: Call, profile: Doc) -> list[Doc]:
    where = [
        equals("project_id", profile["project_id"]),
        equals("state", ACTIVE),
        equals("primary_profile_id", profile["id"]),
    ]
    return call.session.find("environment", where)


def _check(call: Call, doc: Doc, own_id: int | None) -> None:
    where = [
        equals("project_id", doc["project_id"]),
        equals("state", ACTIVE),
        equals("key", doc["key"]),
    ]
    if any(other["id"] != own_id for other in call.session.find("profile", where)):
        raise InvalidRequestError({"key": "another profile of the project has this key"})
    if doc["connection_id"] is not None:
        call.referred("connection", doc["connection_id"], "connection_id")
    project_id = doc["project_id"]
    if doc["credentials_id"] is not None:
        call.referred("credential", doc["credentials_id"], "credentials_id", project_id)
    if doc["extended_attributes_id"] is not None:
        field = "extended_attributes_id"
        call.referred("extended_attributes", doc[field], field, project_id)
