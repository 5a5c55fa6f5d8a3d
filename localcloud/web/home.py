"""The first page: the account's projects and newest runs."""

from starlette.responses import Response

from localcloud.resources import projects, runs
from localcloud.web.page_request import PageRequest
from localcloud.web.rendering import html

_RUNS = 10


def show(page_request: PageRequest) -> Response:
    """The projects and the newest runs of one account, and links to the other accounts."""
    page_request.open("account")
    query = {"order_by": "-id", "limit": _RUNS, "include_related": "job,trigger"}
    newest = page_request.get(runs.list_runs, query)
    return html(
        page_request,
        "home.html",
        accounts=page_request.session.find("account", limit=100),
        projects=page_request.listing(projects.list_projects, {"order_by": "name"}),
        runs=newest,
        run_projects=page_request.projects_of(newest),
    )
