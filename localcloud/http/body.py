"""Request bodies: what JSON is taken, their models' common rules, how their mistakes are told."""

import json
import math
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

_DEEPEST = 100
"""How many lists and objects may be inside each other."""

_INTEGERS = range(-(2**63), 2**63)
"""Clients decode ids into 64 bits, and so does the file of the state."""


def parsed(content: bytes) -> object:
    """The JSON of a body, of such values only as any client can read back.

    Raises:
        ValueError: It is no JSON, is nested too deep, or has a value that JSON or 64 bits cannot
            hold: NaN, Infinity, half a surrogate pair, a longer number.
    """
    try:
        sent: object = json.loads(content)
    except RecursionError:
        message = "nested too deep"
        raise ValueError(message) from None
    _require_readable(sent, 0)
    return sent


def _require_readable(value: object, depth: int) -> None:
    if depth > _DEEPEST:
        message = "nested too deep"
        raise ValueError(message)
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, list):
        for item in value:
            _require_readable(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            key.encode()
            _require_readable(item, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        message = "not a number of JSON"
        raise ValueError(message)
    elif isinstance(value, int) and value not in _INTEGERS:
        message = "a number of more than 64 bits"
        raise ValueError(message)


class Body(BaseModel):
    """Base of every request body.

    Types are as JSON has them: `true` is no number. Fields that the model does not have are
    left out silently, as dbt Cloud does, because clients send back what they were told.
    """

    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)


class ClosedBody(Body):
    """A body in which unknown fields are refused.

    Source: connections answer 400, "extra fields not permitted".
    """

    model_config = ConfigDict(extra="forbid")


_TEXTS = {
    "missing": "required key not provided",
    "extra_forbidden": "extra fields not permitted",
}


def problems_of(error: ValidationError) -> dict[str, Any]:
    """The mistakes as a nested map from field to message, without what was sent.

    Source: recorded refusals, e.g. `{"schedule": {"time": {"interval": "..."}}}`.
    """
    problems: dict[str, Any] = {}
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        level = problems
        *parents, last = [str(part) for part in item["loc"]] or ["body"]
        for part in parents:
            below = level.setdefault(part, {})
            if not isinstance(below, dict):
                break
            level = below
        else:
            level.setdefault(last, _TEXTS.get(item["type"], item["msg"]))
    return problems
