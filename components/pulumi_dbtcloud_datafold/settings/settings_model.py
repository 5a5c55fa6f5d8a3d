"""The base of everything a person writes: closed, frozen, strict, silent about values."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import pulumi
from pydantic import (
    BaseModel,
    ConfigDict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)

from pulumi_dbtcloud_datafold.settings.problems import Problem, broken_rule, problems_from


def _allow_output(value: Any, check: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - any field's value
    return check(value) if is_resolved(value) or isinstance(value, Mapping) else value


ALLOW_OUTPUT = WrapValidator(_allow_output)
"""Lets an Output pass; every field of a `SettingsModel` has it, the items of a dict need it said."""


class SettingsModel(BaseModel):
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

    _allow_output = field_validator("*", mode="wrap")(_allow_output)


def checked_inputs(
    model: type[SettingsModel], args_type: type, given: Mapping[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    """Return `given` with the model's defaults, after checking every value that is known.

    Problems are appended to `problems`; the result is then of no use.

    Args:
        model: What is checked.
        args_type: The same as inputs, which say what may be an Output.
        given: The inputs.
        problems: What is wrong.
    """
    if misplaced := [*_misplaced_outputs(args_type, given)]:
        problems += misplaced
        return {}
    try:
        settings = model.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        problems += problems_from(error, model)
        return {}
    # Outputs stand where the model says int or str; that is not worth a warning.
    return settings.model_dump(exclude_none=True, warnings="none")


def _misplaced_outputs(
    args_type: type, given: Mapping[str, Any], path: str = ""
) -> Iterator[Problem]:
    """Find Outputs where the program itself has to know the value: Python would take one for true, or for text."""
    for key, annotation in _annotations(args_type).items():
        value = given.get(key)
        if is_typeddict(annotation) and isinstance(value, Mapping):
            yield from _misplaced_outputs(annotation, value, f"{path}{key}.")
        elif _is_later(value) and not any(
            get_origin(each) is pulumi.Output for each in get_args(annotation)
        ):
            yield Problem(
                f"{path}{key}",
                "this is an Output, and what is declared depends on it before Outputs are known",
                "give a plain value, e.g. one of the stack's configuration; blocks and lists may hold Outputs inside",
            )


@cache
def _annotations(args_type: type) -> dict[str, Any]:
    # In pulumi.Input the name of the class is a text, with a type variable.
    return get_type_hints(args_type, localns={"Output": pulumi.Output, "T": object})


def _is_later(value: object) -> bool:
    return isinstance(value, pulumi.Output) or hasattr(value, "__await__")


def is_resolved(value: object) -> bool:
    """Tell whether a value, however deep, is known now."""
    if isinstance(value, Mapping):
        return all(is_resolved(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(is_resolved(item) for item in value)
    return not _is_later(value)


def no_repeats(values: list[Any]) -> list[Any]:
    """Refuse a list in which something is twice; for a list of numbers or texts."""
    if len(set(values)) != len(values):
        raise broken_rule("a value is there twice", "list each one once")
    return values
