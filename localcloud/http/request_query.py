"""The query of a request: its keys and values, and the part of a list that it asks for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localcloud.http.answers import MAX_PAGE
from localcloud.http.filters import INTEGER, condition, number
from localcloud.state.query import Condition
from localcloud.state.store import ACTIVE, DELETED

_STATES = {"1": ACTIVE, "active": ACTIVE, "2": DELETED, "deleted": DELETED, "all": None}
_ORDER = re.compile(r"-?[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class RequestQuery:
    """The keys and values of a query, in order, as sent."""

    pairs: Sequence[tuple[str, str]]

    def values(self, name: str) -> list[str]:
        """All values of a key, in order."""
        return [value for key, value in self.pairs if key == name]

    def last(self, name: str) -> str | None:
        """The last value of a key."""
        values = self.values(name)
        return values[-1] if values else None

    def ids(self, name: str) -> list[int] | None:
        """The numbers of a key such as `[1,2]`, `1,2` or `1`; none: the key is absent."""
        values = self.values(name)
        return [int(found) for found in INTEGER.findall(",".join(values))] if values else None

    def included(self) -> frozenset[str]:
        """What `include_related` names, in any of the spellings that clients use.

        They send `[a,b]`, `["a","b"]`, `a,b`, or the key several times.
        """
        return frozenset(re.findall(r"\w+", ",".join(self.values("include_related"))))

    def conditions(self, filters: Mapping[str, str]) -> list[Condition]:
        """The conditions of those filters that the query has.

        Args:
            filters: From a query key to the field it filters by; see `filters.condition`.
        """
        values = {key: self.last(key) for key in filters}
        return [
            condition(key, filters[key], text) for key, text in values.items() if text is not None
        ]

    def state(self, default: str) -> tuple[str, int | None]:
        """The `state` filter, and the state it selects; none: every state."""
        name = (self.last("state") or default).lower()
        name = name if name in _STATES else default
        return name, _STATES[name]

    def order_by(self) -> str:
        """The field to sort by, with a leading `-` for descending. Default: `id`."""
        field = self.last("order_by") or "id"
        return field if _ORDER.fullmatch(field) else "id"

    def window(self) -> tuple[int, int]:
        """`limit` and `offset`, within bounds: a list is never refused for them."""
        limit = number(self.last("limit"), MAX_PAGE)
        offset = number(self.last("offset"), 0)
        return (limit if 0 < limit <= MAX_PAGE else MAX_PAGE), max(offset, 0)
