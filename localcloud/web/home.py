"""The first page: the account's projects, and what has run lately."""

from starlette.responses import Response

from localcloud.resources import projects
from localcloud.runs import routes as runs
from localcloud.web.page_request import PageRequest
from localcloud.web.rendering import html

_RUNS = 10


def show(visit: PageRequest) -> Response:
    """The projects and the newest runs of one account, and links to the other accounts."""
    visit.open("account")
    query = {"order_by": "-id", "limit": _RUNS, "include_related": "job,trigger"}
    return html(
        visit,
        "home.html",
        accounts=visit.session.find("account", limit=100),
        projects=visit.listing(projects.list_projects, {"order_by": "name"}),
        runs=visit.get(runs.list_runs, query),
    )
