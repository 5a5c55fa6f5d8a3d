"""An operation of the API: its route, who may call it, and what it is given."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from localcloud.control.clock import Clock
from localcloud.http.answers import MAX_PAGE, Answer, FileAnswer, Page
from localcloud.http.body import Body, parsed, problems_of
from localcloud.http.errors import InvalidRequestError, NotFoundError
from localcloud.http.filters import INTEGER, condition, number
from localcloud.http.permissions import READ, WRITE, Principal, environment_category
from localcloud.http.query import Condition, equals, one_of
from localcloud.runs.artifacts import Artifacts
from localcloud.runs.executor import Executor
from localcloud.state.store import ACTIVE, DELETED, Doc, Session

BodyT = TypeVar("BodyT", bound=Body)

_STATES = {"1": ACTIVE, "active": ACTIVE, "2": DELETED, "deleted": DELETED, "all": None}
_ORDER = re.compile(r"-?[a-z_][a-z0-9_]*")


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
    """One request to an operation, inside one transaction of the state.

    Attributes:
        session: The state. A read-only view in a GET.
        principal: Who asks.
        services: Clock, artifacts, executor.
        params: The placeholders of the path.
        query: The query's keys and values, in order, as sent.
        content: The body's bytes.
        after_commit: What to do once the change is stored; nothing of it if it is not.
        origin: Scheme, address and port that the request was sent to; empty without one.
    """

    operation: "Operation"
    session: Session
    principal: Principal
    services: Services
    params: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    content: bytes
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

    def json(self) -> object:
        """The body. An empty one is an empty object: some clients send none.

        Raises:
            InvalidRequestError: It is not JSON.
        """
        if not self.content.strip():
            return {}
        try:
            return parsed(self.content)
        except ValueError:
            problem = "not JSON, or with a value that clients cannot read"
            raise InvalidRequestError({"body": problem}) from None

    def fields(self) -> dict[str, Any]:
        """The body, which is an object and for this account.

        Raises:
            InvalidRequestError: It is something else, or for another account.
        """
        sent = self.json()
        if not isinstance(sent, dict):
            raise InvalidRequestError({"body": "an object is expected"})
        account_id = sent.get("account_id")
        # To Python, true and 1.0 are 1.
        if account_id is not None and (type(account_id), account_id) != (int, self.account_id):
            raise InvalidRequestError({"account_id": "not the account of the path"})
        return sent

    def body(self, model: type[BodyT]) -> BodyT:
        """The body, checked.

        Raises:
            InvalidRequestError: A field has a wrong type or value, or the body is for another
                account.
        """
        return validated(model, self.fields())

    def load(self, kind: str, resource_id: int) -> Doc:
        """A resource that the caller may use for this operation.

        Raises:
            NotFoundError: There is none, it is deleted, or the token may not use it.
        """
        doc = self.session.get(kind, resource_id)
        if doc is None or doc.get("state") == DELETED or doc["account_id"] != self.account_id:
            raise NotFoundError
        self.require(doc["id"] if kind == "project" else doc.get("project_id"))
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

    def project(self) -> Doc:
        """The project of the path, which the caller may use for this operation.

        Raises:
            NotFoundError: There is none, or the token may not use it.
        """
        doc = self.session.get("project", self.param("project_id"))
        if doc is None or doc["state"] == DELETED or doc["account_id"] != self.account_id:
            raise NotFoundError
        self.require(doc["id"])
        return doc

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
        doc = self.session.get(kind, resource_id)
        if (
            doc is None
            or doc.get("state") == DELETED
            or doc["account_id"] != self.account_id
            or (project_id is not None and doc.get("project_id") != project_id)
        ):
            where = "" if project_id is None else f" in project {project_id}"
            problem = f"there is no {kind.replace('_', ' ')} {resource_id}{where}"
            raise InvalidRequestError({field_name: problem})
        return doc

    def asked(self, name: str) -> list[str]:
        """All values of a query key, in order."""
        return [value for key, value in self.query if key == name]

    def asked_once(self, name: str) -> str | None:
        """The last value of a query key."""
        values = self.asked(name)
        return values[-1] if values else None

    def asked_ids(self, name: str) -> list[int] | None:
        """The numbers of a query key such as `[1,2]`, `1,2` or `1`; none: the key is absent."""
        values = self.asked(name)
        return [int(number) for number in INTEGER.findall(",".join(values))] if values else None

    def included(self) -> frozenset[str]:
        """What `include_related` names, in any of the spellings that clients use.

        They send `[a,b]`, `["a","b"]`, `a,b`, or the key several times.
        """
        return frozenset(re.findall(r"\w+", ",".join(self.asked("include_related"))))

    def conditions(self, filters: Mapping[str, str]) -> list[Condition]:
        """The conditions of those filters that the query has.

        Args:
            filters: From a query key to the field it filters by; see `filters.condition`.
        """
        asked = {key: self.asked_once(key) for key in filters}
        return [
            condition(key, filters[key], text) for key, text in asked.items() if text is not None
        ]

    def page(
        self,
        kind: str,
        where: Sequence[Condition] = (),
        *,
        filters: Mapping[str, str] | None = None,
        default_state: str = "active",
        project_field: str | None = "project_id",
    ) -> Page:
        """The page of a kind that the query asks for, of what the caller may see.

        Args:
            kind: What to list.
            where: Conditions besides the query's.
            filters: See `conditions`.
            default_state: The `state` filter when the query has none.
            project_field: Which field says the project that permissions go by; none: the kind
                belongs to no project.
        """
        filters = filters or {}
        state = (self.asked_once("state") or default_state).lower()
        state = state if state in _STATES else default_state
        conditions = [equals("account_id", self.account_id), *where, *self.conditions(filters)]
        if _STATES[state] is not None:
            conditions.append(equals("state", _STATES[state]))
        visible = self.principal.visible_projects(self.operation.resource)
        if project_field is not None and visible is not None:
            conditions.append(one_of(project_field, sorted(visible)))
        limit, offset = self.window()
        order_by = self.asked_once("order_by") or "id"
        order_by = order_by if _ORDER.fullmatch(order_by) else "id"
        echoed = {key: self.asked_once(key) for key in filters if self.asked(key)}
        return Page(
            self.session.find(kind, conditions, order_by=order_by, limit=limit, offset=offset),
            self.session.count(kind, conditions),
            limit,
            offset,
            order_by,
            {"state": state, "account_id": self.account_id, **echoed},
        )

    def window(self) -> tuple[int, int]:
        """`limit` and `offset` of the query, within bounds: a list is never refused for them."""
        limit = number(self.asked_once("limit"), MAX_PAGE)
        offset = number(self.asked_once("offset"), 0)
        return (limit if 0 < limit <= MAX_PAGE else MAX_PAGE), max(offset, 0)


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


def validated(model: type[BodyT], sent: object) -> BodyT:
    """`sent` as `model`.

    Raises:
        InvalidRequestError: It breaks the model's rules.
    """
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        raise InvalidRequestError(problems_of(error)) from None
