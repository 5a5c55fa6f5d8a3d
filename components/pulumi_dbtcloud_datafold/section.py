"""The base of everything a person writes: closed, frozen, strict, silent about values."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)

from pulumi_dbtcloud_datafold.problems import Problem, problems_from


def _known_later(value: Any, check: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - any field's value
    return check(value) if is_plain(value) or isinstance(value, Mapping) else value


KNOWN_LATER = WrapValidator(_known_later)
"""Lets an Output pass; every field of a `Section` has it, the items of a dict need it said."""


class Section(BaseModel):
    """A block of settings: unknown keys are errors, values are never converted.

    A value that is known only while the stack runs (`pulumi.Output`) passes unchecked; dbt Cloud checks it.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    _known_later = field_validator("*", mode="wrap")(_known_later)


def effective(
    model: type[Section], given: Mapping[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    """Return `given` with the model's defaults, after checking every value that is known.

    Problems are appended to `problems`; the result is then of no use.
    """
    try:
        settings = model.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        problems += problems_from(error, model)
        return {}
    # Outputs stand where the model says int or str; that is not worth a warning.
    return settings.model_dump(exclude_none=True, warnings="none")


def is_plain(value: object) -> bool:
    """Tell whether a value, however deep, is known now."""
    if isinstance(value, Mapping):
        return all(is_plain(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(is_plain(item) for item in value)
    return not isinstance(value, pulumi.Output) and not hasattr(value, "__await__")
