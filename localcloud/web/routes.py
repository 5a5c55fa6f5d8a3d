"""The addresses of the web pages.

Those under `/deploy/` are dbt Cloud's own, as programs print them; the others are short.
"""

import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from localcloud.http.errors import ApiError
from localcloud.http.operation import Services
from localcloud.process import CONTROL_PREFIX
from localcloud.state.store import Session, Store
from localcloud.web import environment, home, job, project, run, token
from localcloud.web.page_request import PageNotFoundError, PageRequest
from localcloud.web.rendering import STATIC, html

Show = Callable[[PageRequest], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
Transaction = Callable[[], AbstractContextManager[Session]]

_OF_PROGRAMS = re.compile(rf"(/api|/v2|/v3|/private|{CONTROL_PREFIX})(/|$)")
"""Paths that are answered for programs, whatever they accept."""

_DEPLOY = "/deploy/{account_id}/projects/{project_id}"


def _nothing(_page_request: PageRequest) -> Response:
    message = "This server has pages of projects, environments, jobs, runs and service tokens only."
    raise PageNotFoundError(message)


_PAGES: tuple[tuple[str, Show], ...] = (
    ("/", home.show),
    ("/runs", run.show_all),
    ("/tokens", token.show_all),
    ("/accounts/{account_id}", home.show),
    ("/accounts/{account_id}/runs", run.show_all),
    ("/accounts/{account_id}/tokens", token.show_all),
    ("/projects/{project_id}", project.show),
    ("/environments/{environment_id}", environment.show),
    ("/jobs/{job_id}", job.show),
    ("/runs/{run_id}", run.show),
    ("/runs/{run_id}/artifacts", run.show_artifacts),
    ("/runs/{run_id}/artifacts/{path:path}", run.artifact),
    ("/runs/{run_id}/steps/{index}/log", run.log),
    ("/runs/{run_id}/steps/{index}/debug-log", run.debug_log),
    (_DEPLOY, project.show),
    (f"{_DEPLOY}/environments/{{environment_id}}", environment.show),
    (f"{_DEPLOY}/jobs/{{job_id}}", job.show),
    (f"{_DEPLOY}/runs/{{run_id}}", run.show),
)

_FORMS: tuple[tuple[str, Show], ...] = (
    ("/jobs/{job_id}/run", job.start),
    ("/runs/{run_id}/cancel", run.cancel),
)


def routes(store: Store, services: Services) -> list[BaseRoute]:
    """The routes, for the application.

    Args:
        store: The state.
        services: What operations work with.
    """

    def endpoint(show: Show, transaction: Transaction) -> Endpoint:
        async def answer(request: Request) -> Response:
            return await run_in_threadpool(_answer, store, services, request, show, transaction)

        return answer

    return [
        *(Route(path, endpoint(show, store.reading), methods=["GET"]) for path, show in _PAGES),
        *(Route(path, endpoint(act, store.writing), methods=["POST"]) for path, act in _FORMS),
        Mount("/static", StaticFiles(directory=STATIC)),
        _UnknownPage("/{path:path}", endpoint(_nothing, store.reading), methods=["GET"]),
    ]


class _UnknownPage(Route):
    """Any other address that a browser asks for. Programs get the API's answer instead."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a browser asks for a page, and not for a route of the API."""
        accepted = Headers(scope=scope).get("accept", "")
        if "text/html" not in accepted or _OF_PROGRAMS.match(scope["path"]):
            return Match.NONE, {}
        return super().matches(scope)


def _answer(
    store: Store, services: Services, request: Request, show: Show, transaction: Transaction
) -> Response:
    """Show, or act, inside one transaction: a refusal leaves no trace in the state."""
    try:
        with transaction() as session:
            page_request = PageRequest(session, services, request.path_params, request.query_params)
            response = show(page_request)
    except PageNotFoundError as error:
        refusal = (HTTPStatus.NOT_FOUND, "Nothing here", str(error))
    except ApiError as error:
        refusal = (error.status, "Not possible", error.user_message)
    else:
        for action in page_request.after_commit:
            action()
        return response
    status, heading, message = refusal
    with store.reading() as session:
        page_request = PageRequest(session, services, request.path_params, request.query_params)
        return html(page_request, "message.html", status=status, heading=heading, message=message)
