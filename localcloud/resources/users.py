"""Users of an account, and which groups each is in. They come from the seed."""

from localcloud.http.answers import Answer
from localcloud.http.body import Body
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, Doc

ROUTES = Routes("users")

KIND = "user"


class AssignGroupsBody(Body):
    """All the groups that a user is to be in."""

    user_id: int
    desired_group_ids: list[int]


@ROUTES.get("/v3/accounts/{account_id}/users/", "/v2/accounts/{account_id}/users/")
def list_users(call: Call) -> Answer:
    """The users. Source: the provider's `user.go`."""
    page = list_page(call, KIND, filters={"email": "email"}, project_field=None)
    page.items[:] = [user_view(call, user) for user in page.items]
    return page.answer()


@ROUTES.get("/v2/accounts/{account_id}/users/{user_id}/")
def get_user(call: Call) -> Answer:
    """A user with the groups it is in. Source: the provider's `user_groups.go`."""
    return Answer(user_view(call, call.load(KIND, call.param("user_id"))))


@ROUTES.post("/v3/accounts/{account_id}/assign-groups/")
def assign_groups(call: Call) -> Answer:
    """Put a user into these groups and no others; answers them.

    Source: the provider's `user_groups.go`.
    """
    body = call.body.read(AssignGroupsBody)
    user = call.referred(KIND, body.user_id, "user_id")
    for group_id in body.desired_group_ids:
        call.referred("group", group_id, "desired_group_ids")
    user = {**user, "group_ids": list(dict.fromkeys(body.desired_group_ids))}
    call.session.put(KIND, user)
    return Answer(_groups(call, user))


@ROUTES.get("/v2/whoami/")
def who_am_i(call: Call) -> Answer:
    """The account's first user: a service token has none of its own (an inference).

    Source: the provider's client, which no resource uses here.
    """
    users = call.session.find(KIND, [equals("account_id", call.account_id)], limit=1)
    return Answer({"user": user_view(call, users[0]) if users else None})


def user_view(call: Call, user: Doc) -> Doc:
    """The user as the API returns it."""
    permission = {
        "account_id": user["account_id"],
        "user_id": user["id"],
        "license_type": "developer",
        "state": ACTIVE,
        "groups": _groups(call, user),
    }
    own = {key: value for key, value in user.items() if key not in ("group_ids", "account_id")}
    return {
        **own,
        "fullname": f"{user['first_name']} {user['last_name']}".strip(),
        "is_active": True,
        "is_staff": False,
        "permissions": [permission],
    }


def _groups(call: Call, user: Doc) -> list[Doc]:
    found = (call.session.get("group", group_id) for group_id in user.get("group_ids", []))
    return [group for group in found if group is not None and group["state"] == ACTIVE]
