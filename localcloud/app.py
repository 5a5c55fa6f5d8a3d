"""The HTTP application: from a request to an operation and back to an answer."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from localcloud.control.control import Control
from localcloud.http import auth
from localcloud.http.answers import error_response
from localcloud.http.body import RequestBody
from localcloud.http.errors import ApiError, BodyTooLongError, NotEmulatedError, NotFoundError
from localcloud.http.host_guard import HostGuard
from localcloud.http.operation import Call, Operation, Services
from localcloud.http.request_query import RequestQuery
from localcloud.resources.operations import OPERATIONS
from localcloud.state.store import Store
from localcloud.web.routes import routes as web_routes

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


MAX_BODY = 5_000_000
"""How many bytes a body may have; a bound of our own."""

_SENT_PATH = "localcloud.sent_path"
"""Where the scope of a request keeps the path as the client sent it."""


class Paths:
    """Gives the application paths of one form, whatever the client sends.

    Repeated slashes become one, `/api` in front and the slash at the end go away. A redirect
    would not do: clients repeat a redirected POST without its body.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        """Change paths before `app` gets them."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its path changed."""
        if scope["type"] == "http":
            path = re.sub(r"/{2,}", "/", scope["path"])
            if re.match(r"/api/(v2|v3|private)(/|$)", path):
                path = path.removeprefix("/api")
            scope = {**scope, "path": path.rstrip("/") or "/", _SENT_PATH: scope["path"]}
        await self._app(scope, receive, send)


def create_app(store: Store, services: Services, control: Control) -> Starlette:
    """The application on that state.

    Args:
        store: The state.
        services: What operations work with.
        control: The control routes and what they plan.
    """

    def endpoint(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            content = await _content(request)

            def operate() -> Response:
                return _operate(store, services, operation, request, content)

            return await control.with_faults(request, operation, lambda: run_in_threadpool(operate))

        return answer

    async def not_emulated(request: Request) -> Response:
        error = NotEmulatedError(request.method, request.scope[_SENT_PATH])
        return await control.with_faults(request, None, lambda: _refusal(error))

    async def api_error(_request: Request, error: Exception) -> Response:
        return error_response(error)  # type: ignore[arg-type]  # registered for ApiError only

    async def no_route(request: Request, _error: Exception) -> Response:
        return error_response(NotEmulatedError(request.method, request.scope[_SENT_PATH]))

    async def disconnected(_request: Request, _error: Exception) -> Response:
        # Nobody receives it: the client has closed the connection.
        return Response(status_code=HTTPStatus.BAD_REQUEST)

    async def server_error(_request: Request, _error: Exception) -> Response:
        return error_response(_InternalError("The server failed; its log says how."))

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    routes = [
        *control.routes(),
        *(
            Route(operation.path.rstrip("/"), endpoint(operation), methods=[operation.method])
            for operation in OPERATIONS
        ),
        *web_routes(store, services),
        Route("/{path:path}", not_emulated, methods=methods),
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            ApiError: api_error,
            ClientDisconnect: disconnected,
            HTTPException: no_route,
            Exception: server_error,
        },
    )
    app.router.redirect_slashes = False
    app.add_middleware(Paths)
    app.add_middleware(HostGuard)
    return app


async def _content(request: Request) -> bytes:
    """The request's body, read no further than it may be long."""
    content = b""
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BODY:
            raise BodyTooLongError(MAX_BODY)
    return content


class _InternalError(ApiError):
    """Something the server did not expect."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


def _operate(
    store: Store, services: Services, operation: Operation, request: Request, content: bytes
) -> Response:
    """Answer the request inside one transaction: a refusal leaves no trace in the state."""
    transaction = store.reading if operation.method == "GET" else store.writing
    try:
        with transaction() as session:
            principal = auth.authenticate(session, request.headers.get("authorization"))
            call = Call(
                operation=operation,
                session=session,
                principal=principal,
                services=services,
                params=request.path_params,
                query=RequestQuery(request.query_params.multi_items()),
                body=RequestBody(content, principal.account_id),
                origin=str(request.base_url).rstrip("/"),
            )
            account_id = call.params.get("account_id")
            if account_id is not None and account_id != str(principal.account_id):
                raise NotFoundError
            call.require(None)
            answer = operation.handler(call)
    except ApiError as error:
        return error_response(error)
    for action in call.after_commit:
        action()
    return answer.response()


async def _refusal(error: ApiError) -> Response:
    return error_response(error)
