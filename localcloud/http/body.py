"""Request bodies: which JSON is accepted, the models' common rules, and how mistakes are reported."""

import json
import math
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from localcloud.http.errors import InvalidRequestError

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
    ignored, as in dbt Cloud, because clients send back whole answers.
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
    """The mistakes as a nested map from field to message, without the values sent.

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


BodyT = TypeVar("BodyT", bound=Body)


def validated(model: type[BodyT], content: object) -> BodyT:
    """`content` as `model`.

    Raises:
        InvalidRequestError: It breaks the model's rules.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InvalidRequestError(problems_of(error)) from None


@dataclass(frozen=True)
class RequestBody:
    """The body of a request.

    Attributes:
        content: The bytes as sent.
        account_id: The account of the request's path.
    """

    content: bytes
    account_id: int

    def json(self) -> object:
        """The JSON value. An empty body is an empty object: some clients send none.

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
        """The JSON object, which is for the account of the path.

        Raises:
            InvalidRequestError: It is something else, or for another account.
        """
        content = self.json()
        if not isinstance(content, dict):
            raise InvalidRequestError({"body": "an object is expected"})
        account_id = content.get("account_id")
        # To Python, true and 1.0 are 1.
        if account_id is not None and (type(account_id), account_id) != (int, self.account_id):
            raise InvalidRequestError({"account_id": "not the account of the path"})
        return content

    def read(self, model: type[BodyT]) -> BodyT:
        """The JSON object as `model`.

        Raises:
            InvalidRequestError: A field has a wrong type or value, or the body is for another
                account.
        """
        return validated(model, self.fields())
