"""What is likely behind an answer with which dbt Cloud, or another server, refuses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pulumi_dbtcloud_datafold.settings.problems import one_line

if TYPE_CHECKING:
    import httpx

COMPARE = "Compare dbtcloud:hostUrl with Access URL in dbt Cloud, Account settings"

_CAUSES = {
    401: "the token is not known at this address. Each account has an address of its own: compare "
    "dbtcloud:hostUrl with Access URL in dbt Cloud, Account settings, then look at the token (dbtcloud:token, or "
    "DBT_CLOUD_TOKEN)",
    403: "the token may not do this, the account's plan has no API access (Team, Starter and higher have it), or its "
    "IP allowlist does not have this machine",
    404: "there is no such thing, or the token may not see it: dbt Cloud answers 404 for both. Look at the number, "
    "the account's number (dbtcloud:accountId, or DBT_CLOUD_ACCOUNT_ID), and the token's permission sets and projects",
    429: "the account's limit of requests is used up; dbt Cloud asks to wait five minutes",
}


def cause(response: "httpx.Response", answer: Mapping[str, Any], token: str) -> str:
    """Return what is likely behind an answer that is of no use; `token` is never shown."""
    if known := _CAUSES.get(response.status_code):
        return known
    if response.has_redirect_location:
        return f"it points to another address{_elsewhere(response)}. {COMPARE}"
    status = answer.get("status")
    if not isinstance(status, dict):
        return f"{foreign(response)}. {COMPARE}"
    text = status.get("user_message") or status.get("developer_message") or "no reason given"
    return one_line(str(text).replace(token, "<a token>"))


def foreign(response: "httpx.Response") -> str:
    """Return what is wrong with an answer that has not the form all of dbt Cloud's have."""
    kind = response.headers.get("content-type", "").partition(";")[0] or "no content type"
    return f"the answer ({one_line(kind)}) is not JSON with status and data; it may come from a login page or a proxy"


def _elsewhere(response: "httpx.Response") -> str:
    """Return where a redirect leads, without path and query, which may hold a secret; empty if that is no web page."""
    import httpx

    try:
        other = response.url.join(response.headers["location"])
    except (httpx.InvalidURL, ValueError):
        return ""
    is_web = other.scheme in ("http", "https")
    return one_line(f", at {other.scheme}://{other.netloc.decode()}") if is_web else ""
