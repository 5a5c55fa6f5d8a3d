"""An operation of the API: its route, who may call it, and the request it handles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from localcloud.clock import Clock
from localcloud.http.answers import Answer, FileAnswer
from localcloud.http.body import RequestBody
from localcloud.http.errors import InvalidRequestError, NotFoundError
from localcloud.http.filters import INTEGER
from localcloud.http.permissions import READ, WRITE, Principal, environment_category
from localcloud.http.request_query import RequestQuery
from localcloud.runs.executor import Executor
from localcloud.state.artifacts import Artifacts
from localcloud.state.store import DELETED, Doc, Session


@dataclass(frozen=True)
class Services:
    """What operations work with besides the state.

    Attributes:
        clock: The server's time.
        artifacts: The files of runs.
        executor: What executes runs.
        repositories: Directory of the git repositories that have a remote address.
    """

    clock: Clock
    artifacts: Artifacts
    executor: Executor
    repositories: Path


@dataclass
class Call:
    """One request to an operation, inside one transaction of the state: the resources its caller may use.

    Attributes:
        operation: What is called.
        session: The state. A read-only view in a GET.
        principal: Who calls.
        services: Clock, artifacts, executor.
        params: The placeholders of the path.
        query: The request's query.
        body: The request's body.
        after_commit: Functions to call once the change is stored.
        origin: Scheme, address and port that the request was sent to; empty without one.
    """

    operation: "Operation"
    session: Session
    principal: Principal
    services: Services
    params: Mapping[str, str]
    query: RequestQuery
    body: RequestBody
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    origin: str = ""

    @property
    def account_id(self) -> int:
        """The account of the request."""
        return self.principal.account_id

    @cached_property
    def account(self) -> Doc:
        """The account of the request, whole."""
        account = self.session.get("account", self.account_id)
        if account is None:
            raise NotFoundError
        return account

    def param(self, name: str) -> int:
        """A placeholder of the path that is an id.

        Raises:
            NotFoundError: It is not a number.
        """
        text = self.params[name]
        if not INTEGER.fullmatch(text):
            raise NotFoundError
        return int(text)

    def load(self, kind: str, resource_id: int) -> Doc:
        """A resource that the caller may use for this operation.

        Raises:
            NotFoundError: There is none, it is deleted, or the token may not use it.
        """
        doc = self._existing(kind, resource_id)
        if doc is None:
            raise NotFoundError
        self.require(doc["id"] if kind == "project" else doc.get("project_id"))
        return doc

    def project(self) -> Doc:
        """The project of the path, which the caller may use for this operation.

        Raises:
            NotFoundError: There is none, or the token may not use it.
        """
        return self.load("project", self.param("project_id"))

    def load_in_project(self, kind: str, resource_id: int) -> Doc:
        """A resource of the path's project, which the caller may use for this operation.

        Raises:
            NotFoundError: There is none, or the token may not use it.
        """
        project = self.project()
        doc = self.load(kind, resource_id)
        if doc["project_id"] != project["id"]:
            raise NotFoundError
        return doc

    def referred(
        self, kind: str, resource_id: int, field_name: str, project_id: int | None = None
    ) -> Doc:
        """A resource that the body refers to, in that project if one is given.

        Raises:
            InvalidRequestError: There is none.
        """
        doc = self._existing(kind, resource_id)
        if doc is None or (project_id is not None and doc.get("project_id") != project_id):
            where = "" if project_id is None else f" in project {project_id}"
            problem = f"there is no {kind.replace('_', ' ')} {resource_id}{where}"
            raise InvalidRequestError({field_name: problem})
        return doc

    def require(self, project_id: int | None) -> None:
        """Refuse a caller who may not do this operation in that project (none: in any).

        Raises:
            NotFoundError: The token may not.
        """
        if not self.principal.allows(self.operation.resource, self.operation.action, project_id):
            raise NotFoundError

    def require_environment(self, environment: Doc) -> None:
        """Refuse a caller whose grants do not reach this environment's jobs and runs.

        Raises:
            NotFoundError: The token may not.
        """
        category = environment_category(environment)
        if not self.principal.allows_in_environment(
            self.operation.resource, environment["project_id"], category
        ):
            raise NotFoundError

    def _existing(self, kind: str, resource_id: int) -> Doc | None:
        """A resource of the account that is not deleted."""
        doc = self.session.get(kind, resource_id)
        if doc is None or doc.get("state") == DELETED or doc["account_id"] != self.account_id:
            return None
        return doc


Handler = Callable[[Call], Answer | FileAnswer]


@dataclass(frozen=True)
class Operation:
    """A route of the API.

    Attributes:
        method: HTTP method.
        path: The path as dbt Cloud documents it, without `/api`.
        handler: What answers it.
        resource: What the token must be granted.
        action: `read` or `write`.
    """

    method: str
    path: str
    handler: Handler
    resource: str
    action: str

    @property
    def name(self) -> str:
        """The method and the path, as `COVERAGE.md` and planned faults name it."""
        return f"{self.method} {self.path}"


class Routes(list[Operation]):
    """The operations of one resource, in the order they are tried."""

    def __init__(self, resource: str) -> None:
        """Routes that need a grant for `resource`."""
        super().__init__()
        self._resource = resource

    def get(self, *paths: str) -> Callable[[Handler], Handler]:
        """Answer GET on each of `paths`."""
        return self._route("GET", paths, READ)

    def post(self, *paths: str, resource: str | None = None) -> Callable[[Handler], Handler]:
        """Answer POST on each of `paths`; `resource` if another grant is needed for it."""
        return self._route("POST", paths, WRITE, resource)

    def put(self, *paths: str) -> Callable[[Handler], Handler]:
        """Answer PUT on each of `paths`."""
        return self._route("PUT", paths, WRITE)

    def patch(self, *paths: str) -> Callable[[Handler], Handler]:
        """Answer PATCH on each of `paths`."""
        return self._route("PATCH", paths, WRITE)

    def delete(self, *paths: str) -> Callable[[Handler], Handler]:
        """Answer DELETE on each of `paths`."""
        return self._route("DELETE", paths, WRITE)

    def _route(
        self, method: str, paths: Sequence[str], action: str, resource: str | None = None
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            granted = resource or self._resource
            self.extend(Operation(method, path, handler, granted, action) for path in paths)
            return handler

        return register
