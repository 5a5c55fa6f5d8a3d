"""Who sends a request: from the `Authorization` header to a token's grants."""

import hashlib
import secrets

from localcloud.http import account_plans
from localcloud.http.errors import UnauthorizedError
from localcloud.http.permissions import Grant, Principal
from localcloud.state.store import ACTIVE, Doc, Session

_SCHEMES = frozenset({"token", "bearer"})
"""Both are equal. Source: dbt Cloud's OpenAPI, `info.description`."""


def new_token() -> str:
    """A token's text. It is shown once; only its hash is stored."""
    return f"dbtc_{secrets.token_urlsafe(30)}"


def token_hash(token: str) -> str:
    """The hash by which a token is recognised."""
    return hashlib.sha256(token.encode()).hexdigest()


def authenticate(session: Session, header: str | None) -> Principal:
    """The principal of a request with that `Authorization` header.

    Raises:
        UnauthorizedError: No usable token.
        ForbiddenError: The account's plan has no API.
    """
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() not in _SCHEMES or not token.strip():
        raise UnauthorizedError
    token_id = session.token_id_of(token_hash(token.strip()))
    doc = None if token_id is None else session.get("service_token", token_id)
    if doc is None or doc["state"] != ACTIVE:
        raise UnauthorizedError
    account = session.get("account", doc["account_id"])
    if account is None or account["state"] != ACTIVE:
        raise UnauthorizedError
    account_plans.require_api(account["plan"])
    return Principal(doc["id"], doc["account_id"], tuple(map(_grant, doc["permissions"])))


def _grant(permission: Doc) -> Grant:
    return Grant(
        permission["permission_set"],
        permission["project_id"],
        frozenset(permission["writable_environment_categories"]),
    )
