"""The page of an account's service tokens: what each may do, never its text."""

from starlette.responses import Response

from localcloud.resources import service_tokens
from localcloud.web.page_request import PageRequest
from localcloud.web.rendering import html


def show_all(page_request: PageRequest) -> Response:
    """The service tokens of an account."""
    page_request.open("account")
    tokens = page_request.listing(service_tokens.list_tokens, {"order_by": "name"})
    wanted = {
        item["project_id"] for token in tokens.items for item in token["service_token_permissions"]
    }
    projects = {number: page_request.named("project", number) for number in wanted - {None}}
    return html(page_request, "tokens.html", tokens=tokens, projects=projects)
