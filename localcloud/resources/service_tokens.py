"""Service tokens and their permissions.

A token's text is returned once, when the token is made; only its hash is stored.
"""

from typing import Any, Literal

from pydantic import Field

from localcloud.http import account_plans, auth
from localcloud.http.answers import Answer, Page, created
from localcloud.http.body import Body, validated
from localcloud.http.errors import InvalidRequestError, NotFoundError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.http.permissions import PERMISSION_SETS, Level
from localcloud.resources.deletion import delete
from localcloud.resources.records import changed, new_record
from localcloud.state.store import ACTIVE, Doc

ROUTES = Routes("service_tokens")

EnvironmentCategory = Literal["all", "development", "staging", "production", "other"]


class GrantBody(Body):
    """One permission in the body of a token's making."""

    permission_set: str
    project_id: int | None = None
    writable_environment_categories: list[EnvironmentCategory] | None = None


class PermissionBody(GrantBody):
    """One permission as `/permissions/` takes it."""

    all_projects: bool


class TokenBody(Body):
    """What a token is made with."""

    name: str = Field(min_length=1)
    state: Literal[1, 2] = ACTIVE
    permission_grants: list[GrantBody] | None = None


class TokenNameBody(Body):
    """What of a token can change."""

    name: str = Field(min_length=1)


_P = "/v3/accounts/{account_id}/service-tokens/"


@ROUTES.get(_P)
def list_tokens(call: Call) -> Answer:
    """The tokens. Source: dbt Cloud's OpenAPI, version 3."""
    page = list_page(call, "service_token", filters={"name": "name"}, project_field=None)
    page.items[:] = [token_view(token) for token in page.items]
    return page.answer()


@ROUTES.post(_P)
def create_token(call: Call) -> Answer:
    """A new token, with its permissions at once or by a second request.

    Source: the provider's `service_token.go` (two requests) and dbt Cloud's OpenAPI, version 3
    (`permission_grants`).
    """
    body = call.body.read(TokenBody)
    grants = [
        PermissionBody(**grant.model_dump(), all_projects=grant.project_id is None)
        for grant in body.permission_grants or []
    ]
    text = auth.new_token()
    _check(call, grants)
    token_id = call.session.next_id()
    token = store_token(call, token_id, body.name, auth.token_hash(text), grants)
    return created({**token_view(token), "token_string": text})


@ROUTES.get(_P + "{token_id}/")
def get_token(call: Call) -> Answer:
    """A token, also a deleted one, then with `state` 2. Source: `service_token.go`."""
    return Answer(token_view(_load(call)))


@ROUTES.put(_P + "{token_id}/")
def rename_token(call: Call) -> Answer:
    """Give the token another name. Source: dbt Cloud's OpenAPI, version 3."""
    token = call.load("service_token", call.param("token_id"))
    doc = changed(call, token, call.body.read(TokenNameBody).model_dump())
    return Answer(token_view(call.session.put("service_token", doc)))


@ROUTES.delete(_P + "{token_id}/")
def remove_token(call: Call) -> Answer:
    """Delete a token; it is not accepted any more. Source: the provider's `service_token.go`."""
    token = call.load("service_token", call.param("token_id"))
    return Answer(token_view(delete(call.session, "service_token", token)))


@ROUTES.get(_P + "{token_id}/permissions/")
def list_permissions(call: Call) -> Answer:
    """The token's permissions, by pages: there may be more than a page.

    Source: the provider's `service_token.go` and its test with 120 permissions.
    """
    permissions = _load(call)["permissions"]
    limit, offset = call.query.window()
    items = permissions[offset : offset + limit]
    filters = {"account_id": call.account_id, "service_token_id": call.param("token_id")}
    return Page(items, len(permissions), limit, offset, "id", filters).answer()


@ROUTES.post(_P + "{token_id}/permissions/")
def set_permissions(call: Call) -> Answer:
    """Give a token its permissions, once; the same ones may be sent again.

    Source: the provider's `service_token.go`; that a second, different set is refused:
    https://github.com/dbt-labs/terraform-provider-dbtcloud/issues/343

    Raises:
        InvalidRequestError: The token has other permissions already, or one is not possible.
    """
    token = call.load("service_token", call.param("token_id"))
    sent = call.body.json()
    if not isinstance(sent, list):
        raise InvalidRequestError({"body": "a list of permissions is expected"})
    wanted = [validated(PermissionBody, item) for item in sent]
    _check(call, wanted)
    permissions = _permissions(call, token["id"], wanted)
    if token["permissions"]:
        if _content(token["permissions"]) != _content(permissions):
            problem = "permissions cannot be updated after assignment; make a new token"
            raise InvalidRequestError({"permissions": problem})
        return Answer(token["permissions"])
    call.session.put("service_token", {**token, "permissions": permissions})
    return created(permissions)


def store_token(
    call: Call, token_id: int, name: str, token_hash: str, wanted: list[PermissionBody]
) -> Doc:
    """Store a new token with these permissions, under the hash of its text."""
    fields = {
        "id": token_id,
        "uid": f"tok_{token_id:08d}",
        "name": name,
        "permissions": _permissions(call, token_id, wanted),
    }
    call.session.add_token_hash(token_hash, token_id)
    return call.session.add("service_token", new_record(call, fields))


def token_view(token: Doc) -> Doc:
    """The token as the API returns it later: without its text.

    Source: `ServiceToken` in dbt Cloud's OpenAPI, version 3.
    """
    sets = {item["permission_set"] for item in token["permissions"]}
    return {
        **{key: value for key, value in token.items() if key != "permissions"},
        "service_token_permissions": token["permissions"],
        "permission_grants": [
            {
                key: item[key]
                for key in ("permission_set", "project_id", "writable_environment_categories")
            }
            for item in token["permissions"]
        ],
        "last_used": None,
        "expires_at": None,
        "user_id": None,
        "metadata_only": sets == {"metadata_only"},
        "webhooks_only": sets == {"webhooks_only"},
        "type": "service_token",
    }


def _load(call: Call) -> Doc:
    """A token, deleted or not."""
    token = call.session.get("service_token", call.param("token_id"))
    if token is None or token["account_id"] != call.account_id:
        raise NotFoundError
    return token


def _permissions(call: Call, token_id: int, wanted: list[PermissionBody]) -> list[Doc]:
    """The permissions as the API returns them."""
    return [_permission(call, token_id, body) for body in wanted]


def _permission(call: Call, token_id: int, body: PermissionBody) -> Doc:
    categories: list[str] = list(body.writable_environment_categories or [])
    return {
        "id": call.session.next_id(),
        "account_id": call.account_id,
        "service_token_id": token_id,
        "permission_set": body.permission_set,
        "project_id": None if body.all_projects else body.project_id,
        "all_projects": body.all_projects,
        "state": ACTIVE,
        # The provider sends neither `["all"]` nor `[]`, and expects `[]` for both.
        "writable_environment_categories": [] if "all" in categories else categories,
    }


def _check(call: Call, wanted: list[PermissionBody]) -> None:
    """Refuse permissions that the account's plan or projects do not have.

    Raises:
        InvalidRequestError: One is not possible.
    """
    problems = {
        str(index): problem
        for index, body in enumerate(wanted)
        if (problem := _problem(call, body)) is not None
    }
    if problems:
        raise InvalidRequestError({"permissions": problems})


def _problem(call: Call, body: PermissionBody) -> dict[str, str] | None:
    """What is wrong with a permission that is asked for."""
    known = PERMISSION_SETS.get(body.permission_set)
    if known is None:
        allowed = ", ".join(sorted(PERMISSION_SETS))
        return {"permission_set": f"unknown; known are: {allowed}"}
    refusal = account_plans.token_set_problem(call.account["plan"], body.permission_set)
    if refusal is not None:
        return {"permission_set": refusal}
    if body.all_projects:
        return None
    if body.project_id is None:
        return {"project_id": "required unless all_projects is true"}
    if known.level is Level.ACCOUNT:
        return {"project_id": f"{body.permission_set} is for all projects"}
    project = call.session.get("project", body.project_id)
    if project is None or project["state"] != ACTIVE or project["account_id"] != call.account_id:
        return {"project_id": f"there is no project {body.project_id}"}
    return None


def _content(permissions: list[Doc]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            item["permission_set"],
            item["project_id"] or 0,
            tuple(sorted(item["writable_environment_categories"])),
        )
        for item in permissions
    )
