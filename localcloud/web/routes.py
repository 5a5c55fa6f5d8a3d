"""The addresses of the web pages.

Those under `/deploy/` are dbt Cloud's own, as programs print them; the others are short.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from localcloud.errors import ApiError
from localcloud.operation import Services
from localcloud.store import Session, Store
from localcloud.web import environment, home, job, project, run, token
from localcloud.web.rendering import STATIC, html
from localcloud.web.visit import NothingThereError, Visit

Show = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
Transaction = Callable[[], AbstractContextManager[Session]]

_DEPLOY = "/deploy/{account_id}/projects/{project_id}"


def _nothing(_visit: Visit) -> Response:
    message = (
        "Of dbt Cloud's pages, this server has those of projects, environments, jobs and runs."
    )
    raise NothingThereError(message)


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
    ("/deploy/{rest:path}", _nothing),
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

    def visited(request: Request, session: Session) -> Visit:
        return Visit(session, services, request.path_params, request.query_params)

    def told(request: Request, status: HTTPStatus, heading: str, message: str) -> Response:
        with store.reading() as session:
            visit = visited(request, session)
            values = {"heading": heading, "message": message}
            return html(visit, "message.html", status=status, **values)

    def answer(request: Request, show: Show, transaction: Transaction) -> Response:
        """Show, or act, inside one transaction: a refusal leaves no trace in the state."""
        try:
            with transaction() as session:
                visit = visited(request, session)
                response = show(visit)
        except NothingThereError as error:
            return told(request, HTTPStatus.NOT_FOUND, "Nothing here", str(error))
        except ApiError as error:
            return told(request, error.status, "Not possible", error.user_message)
        for action in visit.after_commit:
            action()
        return response

    def page(show: Show) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(answer, request, show, store.reading)

        return endpoint

    def form(act: Show) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            if not _is_ours(request):
                message = "Forms are taken from this server's own pages only."
                refusal = (HTTPStatus.FORBIDDEN, "Not possible", message)
                return await run_in_threadpool(told, request, *refusal)
            return await run_in_threadpool(answer, request, act, store.writing)

        return endpoint

    return [
        *(Route(path, page(show), methods=["GET"]) for path, show in _PAGES),
        *(Route(path, form(act), methods=["POST"]) for path, act in _FORMS),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _is_ours(request: Request) -> bool:
    """Whether a page of this very server has sent the form.

    Browsers name the origin of the page with every form that is posted, so that no other page can
    start or cancel a run, be it one of another program on this machine.
    """
    return request.headers.get("origin") == f"http://{request.headers.get('host')}"
