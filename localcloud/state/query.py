"""Conditions of a look-up in the store, as SQL that cannot be injected into."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

COLUMNS = frozenset(
    {
        "id",
        "account_id",
        "project_id",
        "environment_id",
        "job_id",
        "state",
        "status",
        "name",
        "created_at",
    }
)
"""Fields with a column and an index of their own; any other is read out of the document."""

_LONGEST_PATTERN = 49_000
"""About the longest pattern of LIKE in SQLite, longer than any name."""

_FIELD = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Condition:
    """A piece of a WHERE clause and its values."""

    sql: str
    values: tuple[Any, ...]


def column(field: str) -> str:
    """The SQL expression of a document's top-level `field`.

    Raises:
        ValueError: `field` is not a plain field name.
    """
    if not _FIELD.fullmatch(field):
        message = f"not a field name: {field!r}"
        raise ValueError(message)
    return field if field in COLUMNS else f"json_extract(doc, '$.{field}')"


def equals(field: str, value: object) -> Condition:
    """`field` is `value`."""
    return Condition(f"{column(field)} = ?", (value,))


def one_of(field: str, values: Iterable[Any]) -> Condition:
    """`field` is one of `values`; without values, nothing matches."""
    values = tuple(values)
    return Condition(f"{column(field)} IN ({', '.join('?' * len(values))})", values)


def contains(field: str, text: str) -> Condition:
    """`field` contains `text`, letters of either case alike."""
    escaped = re.sub(r"([%_\\])", r"\\\1", text)
    if len(escaped.encode()) > _LONGEST_PATTERN:
        return one_of(field, ())
    return Condition(f"{column(field)} LIKE ? ESCAPE '\\'", (f"%{escaped}%",))


def above(field: str, value: object) -> Condition:
    """`field` is greater than `value`."""
    return Condition(f"{column(field)} > ?", (value,))


def within(field: str, low: str, high: str) -> Condition:
    """The time of `field` is `low`, `high` or in between; both as `clock.spaced` writes them."""
    # Some kinds of resource have a `T` where others have a space.
    return Condition(f"replace({column(field)}, 'T', ' ') BETWEEN ? AND ?", (low, high))
