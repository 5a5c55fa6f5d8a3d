"""Groups of users and their permissions."""

from typing import Literal

from pydantic import Field

from localcloud.http.answers import Answer, created
from localcloud.http.body import Body, validated
from localcloud.http.errors import InvalidRequestError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.http.permissions import PERMISSION_SETS
from localcloud.resources.deletion import delete
from localcloud.resources.records import changed, new_record
from localcloud.resources.service_tokens import EnvironmentCategory
from localcloud.state.store import ACTIVE, DELETED, Doc

ROUTES = Routes("groups")

KIND = "group"


class GroupBody(Body):
    """What a group is made or replaced with."""

    name: str = Field(min_length=1)
    state: Literal[1, 2] = ACTIVE
    assign_by_default: bool = False
    sso_mapping_groups: list[str] | None = None
    scim_managed: bool = False


class GroupPermissionBody(Body):
    """One permission of a group."""

    permission_set: str
    all_projects: bool = False
    project_id: int | None = None
    writable_environment_categories: list[EnvironmentCategory] | None = None


_A = "/v3/accounts/{account_id}/groups/"


@ROUTES.get(_A)
def list_groups(call: Call) -> Answer:
    """The groups. Source: the provider's `group.go`."""
    filters = {"name": "name", "name__icontains": "name"}
    return list_page(call, KIND, filters=filters, project_field=None).answer()


@ROUTES.post(_A)
def create_group(call: Call) -> Answer:
    """A new group, without permissions. Source: the provider's `group.go`."""
    return created(call.session.add(KIND, new_group(call, call.body.read(GroupBody))))


@ROUTES.get(_A + "{group_id}/")
def get_group(call: Call) -> Answer:
    """A group with its permissions. Source: the provider's `group.go`."""
    return Answer(_load(call))


@ROUTES.post(_A + "{group_id}/")
def update_group(call: Call) -> Answer:
    """Replace a group, permissions aside, or delete it with `state: 2`.

    Source: the provider's `group.go`.
    """
    group = _load(call)
    body = call.body.read(GroupBody)
    if body.state == DELETED:
        return Answer(delete(call.session, KIND, group))
    return Answer(call.session.put(KIND, changed(call, group, _fields(body))))


@ROUTES.post("/v3/accounts/{account_id}/group-permissions/{group_id}/")
def set_group_permissions(call: Call) -> Answer:
    """Put these permissions in place of those the group has: a list in, a list out.

    Unlike a service token's, `["all"]` stays as it is. Source: the provider's `group.go`.
    """
    group = _load(call)
    sent = call.body.json()
    if not isinstance(sent, list):
        raise InvalidRequestError({"body": "a list of permissions is expected"})
    permissions = [
        new_permission(call, group["id"], validated(GroupPermissionBody, item)) for item in sent
    ]
    call.session.put(KIND, {**group, "group_permissions": permissions})
    return Answer(permissions)


def _load(call: Call) -> Doc:
    return call.load(KIND, call.param("group_id"))


def _fields(body: GroupBody) -> Doc:
    fields = body.model_dump(exclude={"state"})
    return {**fields, "sso_mapping_groups": body.sso_mapping_groups or []}


def new_group(call: Call, body: GroupBody) -> Doc:
    """A group without permissions that is about to be stored."""
    return new_record(call, {**_fields(body), "group_permissions": []})


def new_permission(call: Call, group_id: int, body: GroupPermissionBody) -> Doc:
    """A permission of a group that is about to be stored.

    Raises:
        InvalidRequestError: There is no such permission set or project.
    """
    if body.permission_set not in PERMISSION_SETS:
        problem = f"unknown; known are: {', '.join(sorted(PERMISSION_SETS))}"
        raise InvalidRequestError({"permission_set": problem})
    if not body.all_projects:
        if body.project_id is None:
            raise InvalidRequestError({"project_id": "required unless all_projects is true"})
        call.referred("project", body.project_id, "project_id")
    return {
        "id": call.session.next_id(),
        "account_id": call.account_id,
        "group_id": group_id,
        "project_id": None if body.all_projects else body.project_id,
        "all_projects": body.all_projects,
        "permission_set": body.permission_set,
        "state": ACTIVE,
        # The OpenAPI has a number here, the provider decodes text.
        "permission_level": None,
        "writable_environment_categories": body.writable_environment_categories or [],
    }
