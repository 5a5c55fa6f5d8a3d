"""Request bodies: their models' common rules and how their mistakes are told."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


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
