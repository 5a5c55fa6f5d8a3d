"""The base of everything a person writes: closed, frozen, strict, silent about values."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pydantic import BaseModel, ConfigDict, ValidationError

from pulumi_dbtcloud_datafold.problems import Problem, problems_from


class Section(BaseModel):
    """A block of plain settings: unknown keys are errors, values are never converted."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


def effective(
    model: type[Section], given: Mapping[str, Any], problems: list[Problem], path: str = ""
) -> dict[str, Any]:
    """Return `given` with the model's defaults, after checking every plain value.

    A value that is known only while the stack runs (`pulumi.Output`) is passed through unchecked:
    dbt Cloud checks it. Problems are appended to `problems`; the result is then of no use.
    """
    set_values = {key: value for key, value in given.items() if value is not None}
    later = {
        key: value
        for key, value in set_values.items()
        if key in model.model_fields and not is_plain(value)
    }
    now = {key: value for key, value in set_values.items() if key not in later}
    try:
        settings = model.model_validate(now)
    except ValidationError as error:
        # A required value that comes later is not missing.
        problems += [
            p for p in problems_from(error, model, path) if p.path.split(".")[-1] not in later
        ]
        return {}
    return {**settings.model_dump(exclude_none=True), **later}


def is_plain(value: object) -> bool:
    """Tell whether a value, however deep, is known now."""
    if isinstance(value, Mapping):
        return all(is_plain(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(is_plain(item) for item in value)
    return not isinstance(value, pulumi.Output) and not hasattr(value, "__await__")
