"""One request of a page: what its address names, and calls of the API in the name of an owner."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from localcloud.http.answers import MAX_PAGE, Answer
from localcloud.http.filters import INTEGER
from localcloud.http.operation import Handler, Services
from localcloud.resources.operations import owner_call
from localcloud.state.store import DELETED, Doc, Session

ItemT = TypeVar("ItemT")


class PageNotFoundError(Exception):
    """The address names something that does not exist; the text says what, for the reader."""


@dataclass(frozen=True)
class Listing(Generic[ItemT]):
    """A page of a list.

    Attributes:
        items: What is on this page.
        total: How many there are on all pages.
        number: Which page this is, counted from 1.
        filters: What narrows the list, by query key.
        key: The query key that names the page.
    """

    items: Sequence[ItemT]
    total: int
    number: int
    filters: Mapping[str, str]
    key: str

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(math.ceil(self.total / MAX_PAGE), 1)

    @property
    def before(self) -> int:
        """How many items the pages before this one hold."""
        return (self.number - 1) * MAX_PAGE

    def query(self, number: int) -> dict[str, str]:
        """The query of another page of the same list."""
        return {**self.filters, self.key: str(number)}


class PageRequest:
    """One request of a page, inside one transaction of the state.

    Attributes:
        session: The state.
        services: What operations work with.
        query: The query's keys and values.
        after_commit: What to do once a change is stored.
        account: The account that the page is about. Default: the first one.
    """

    def __init__(
        self,
        session: Session,
        services: Services,
        params: Mapping[str, str],
        query: Mapping[str, str],
    ) -> None:
        """A request of the address with those placeholders filled in."""
        self.session = session
        self.services = services
        self.query = query
        self.after_commit: list[Callable[[], None]] = []
        self.account = session.find("account", limit=1)[0]
        self._params = params

    def number(self, name: str) -> int:
        """A placeholder of the address that is a number.

        Raises:
            PageNotFoundError: It is something else.
        """
        text = self._params[name]
        if not INTEGER.fullmatch(text):
            message = f"“{text}” is not an id."
            raise PageNotFoundError(message)
        return int(text)

    def text(self, name: str) -> str:
        """A placeholder of the address that is text."""
        return self._params[name]

    def open(self, kind: str) -> int:
        """The id of the resource that the page is about. Its account becomes the page's account.

        An address that names no account is about the first one.

        Raises:
            PageNotFoundError: There is none, it was deleted, or it is not in the account or project
                that the address names, too.
        """
        if kind == "account" and "account_id" not in self._params:
            return int(self.account["id"])
        resource_id = self.number(f"{kind}_id")
        doc = self.named(kind, resource_id)
        if doc is None:
            message = f"There is no {kind} {resource_id} here: it was deleted, or never existed."
            raise PageNotFoundError(message)
        for name in {"account", "project"} - {kind}:
            named = self._params.get(f"{name}_id")
            if named is not None and named != str(doc[f"{name}_id"]):
                message = f"There is no {kind} {resource_id} in {name} {named}."
                raise PageNotFoundError(message)
        self.account = self.session.get("account", doc["account_id"]) or self.account
        return resource_id

    def named(self, kind: str, resource_id: int | None) -> Doc | None:
        """A resource that another one refers to; none if it is deleted."""
        doc = None if resource_id is None else self.session.get(kind, resource_id)
        return None if doc is None or doc.get("state") == DELETED else doc

    def projects_of(self, docs: Sequence[Doc]) -> dict[int, Doc | None]:
        """The projects of resources by id; none for one that is deleted."""
        return {
            project_id: self.named("project", project_id)
            for project_id in {doc["project_id"] for doc in docs}
        }

    def ask(
        self,
        handler: Handler,
        query: Mapping[str, object] | None = None,
        body: object = None,
        **params: object,
    ) -> Answer:
        """What an operation of the API answers.

        Args:
            handler: The operation's.
            query: Keys and values of its query.
            body: What is sent with it, before it is made JSON.
            **params: The placeholders of its path, but for the account.

        Raises:
            ApiError: The operation refuses.
        """
        call = owner_call(
            self.session,
            self.services,
            self.account["id"],
            handler,
            params=params,
            query=query,
            body=body,
        )
        answer = handler(call)
        self.after_commit += call.after_commit
        if not isinstance(answer, Answer):
            message = f"{handler.__name__} answers a file"
            raise TypeError(message)
        return answer

    def get(
        self, handler: Handler, query: Mapping[str, object] | None = None, **params: object
    ) -> Any:  # noqa: ANN401 - as the API has it
        """The `data` that an operation answers.

        Raises:
            ApiError: The operation refuses.
        """
        return self.ask(handler, query, **params).data

    def listing(
        self,
        handler: Handler,
        query: Mapping[str, object],
        filters: Mapping[str, str] | None = None,
        key: str = "page",
    ) -> Listing[Doc]:
        """The page of a list that the address asks for.

        Args:
            handler: The list's operation.
            query: What it is asked with.
            filters: From a query key of the page to that of the operation.
            key: The query key that names the page.

        Raises:
            PageNotFoundError: There is no such page.
        """
        number = self._page(key)
        given = {key: self.query[key] for key in filters or {} if self.query.get(key)}
        asked = {**query, **{(filters or {})[key]: value for key, value in given.items()}}
        asked["offset"] = max(number - 1, 0) * MAX_PAGE
        answer = self.ask(handler, asked)
        total = (answer.extra or {})["pagination"]["total_count"]
        return self._checked(Listing(answer.data, total, number, given, key))

    def part(self, whole: Sequence[str]) -> Listing[str]:
        """The page that the address asks for of a list that no operation pages.

        Raises:
            PageNotFoundError: There is no such page.
        """
        number = self._page("page")
        begin = max(number - 1, 0) * MAX_PAGE
        items = whole[begin : begin + MAX_PAGE]
        return self._checked(Listing(items, len(whole), number, {}, "page"))

    def _page(self, key: str) -> int:
        """The number of the page that is asked for; 0 if it is not a number."""
        text = self.query.get(key, "1")
        return int(text) if INTEGER.fullmatch(text) else 0

    def _checked(self, listing: Listing[ItemT]) -> Listing[ItemT]:
        if not 1 <= listing.number <= listing.pages:
            asked = self.query[listing.key]
            message = f"The list ends with page {listing.pages}; there is no page “{asked}”."
            raise PageNotFoundError(message)
        return listing
