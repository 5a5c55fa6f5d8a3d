"""Filters of lists: what a key of the query asks for."""

import re
from datetime import UTC, datetime

from localcloud.clock import spaced
from localcloud.state.query import Condition, above, contains, equals, one_of, within

INTEGER = re.compile(r"(?<![\d-])-?\d{1,18}(?!\d)", re.ASCII)
"""A number that SQLite can hold, whole."""

_WORD = re.compile(r"[^\s\[\],\"]+")


def condition(key: str, name: str, text: str) -> Condition:
    """The condition that a key of the query means.

    Args:
        key: The key. Its ending says how: `__in`, `__icontains`, `__gt`, `__range` (of times);
            otherwise equality.
        name: The field it filters by. One whose name ends in `id`, or is `status`, is a number.
        text: The value, for `__in` and `__range` a list such as `[1,2]`.
    """
    suffix = key.rpartition("__")[2] if "__" in key else ""
    numeric = name.endswith("id") or name == "status"
    if suffix == "icontains":
        return contains(name, text)
    if suffix == "in":
        return one_of(name, map(int, INTEGER.findall(text)) if numeric else _WORD.findall(text))
    if suffix == "range":
        low, _, high = text.strip("[]").replace('"', "").partition(",")
        return within(name, _moment(low.strip()), _moment(high.strip()))
    if numeric and not INTEGER.fullmatch(text):
        return one_of(name, ())
    value = int(text) if numeric else text
    return above(name, value) if suffix == "gt" else equals(name, value)


def number(text: str | None, default: int) -> int:
    """The number that `text` is, or `default` when it is none."""
    return int(text) if text is not None and INTEGER.fullmatch(text) else default


def _moment(text: str) -> str:
    """A time in any ISO 8601 spelling as it is kept; UTC where it has no offset."""
    try:
        moment = datetime.fromisoformat(text)
        return spaced(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        # No time, or one that is before the year 1 or after 9999 in UTC.
        return text
