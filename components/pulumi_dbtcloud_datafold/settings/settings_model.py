"""The base of everything a person writes: closed, frozen, strict, silent about values."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar, get_args, get_origin, get_type_hints, is_typeddict

import pulumi
from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from pulumi_dbtcloud_datafold.settings.attribute_docstrings import attribute_docstrings
from pulumi_dbtcloud_datafold.settings.problems import (
    ConfigurationError,
    Problem,
    problems_from,
)

ModelT = TypeVar("ModelT", bound="SettingsModel")


def _allow_output(value: Any, check: ValidatorFunctionWrapHandler) -> Any:  # noqa: ANN401 - any field's value
    return check(value) if is_resolved(value) or isinstance(value, Mapping) else value


ALLOW_OUTPUT = WrapValidator(_allow_output)
"""Lets an Output pass. Every field of a `SettingsModel` has it; the values of a dict need it too."""


class SettingsModel(BaseModel):
    """A block of settings: unknown keys are errors, values are never converted.

    A value that is known only while the stack runs (`pulumi.Output`) passes unchecked; dbt Cloud checks it.

    Attributes:
        args_type: The inputs of a component that the model checks, if there are any. Their docstrings describe the
            model's fields too; a docstring of the model's own takes precedence.
        foreign_keys: Keys of other tools that people copy into the block, and the fix for each.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        # Many models are imported, and few are used.
        defer_build=True,
    )

    args_type: ClassVar[type] = dict
    foreign_keys: ClassVar[Mapping[str, str]] = {}

    _allow_output = field_validator("*", mode="wrap")(_allow_output)

    @model_validator(mode="before")
    @classmethod
    def _null_is_not_set(cls, block: Any) -> Any:  # noqa: ANN401 - any YAML
        if not isinstance(block, Mapping):
            return block
        unset = cls.unset_by_null()
        return {key: value for key, value in block.items() if value is not None or key not in unset}

    @classmethod
    def unset_by_null(cls) -> set[str]:
        """Return the keys for which null means "not set".

        Others are required, or have a default and a null that means something else.
        """
        return {
            key
            for key, field in cls.model_fields.items()
            if not field.is_required()
            and (
                (field.default is None and field.default_factory is None)
                or type(None) not in get_args(field.annotation)
            )
        }

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe each key with its docstring."""
        reference = handler(schema)
        texts = cls.descriptions()
        unset = cls.unset_by_null()
        properties = handler.resolve_ref_schema(reference)["properties"]
        for key, property_ in properties.items():
            if key in unset:
                properties[key] = property_ = _or_null(property_)
            if text := texts.get(key):
                property_["description"] = text
        return reference

    @classmethod
    def descriptions(cls) -> dict[str, str]:
        """Return what each key means, as far as it is documented."""
        models = [model for model in reversed(cls.__mro__) if issubclass(model, SettingsModel)]
        texts: dict[str, str] = {}
        for type_ in (*(model.args_type for model in models), *models):
            texts |= attribute_docstrings(type_) if type_ is not dict else {}
        return texts

    def provided(self, keys: Iterable[str] | None = None) -> dict[str, Any]:
        """Return the settings that have a value, all or those of some keys, as they are; blocks as dicts."""
        # Outputs stand where the model says int or str; that is not worth a warning.
        include = None if keys is None else {*keys}
        return self.model_dump(include=include, exclude_none=True, warnings="none")


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a property that may be null too.

    A block stays as it is: an editor would mark all of it for a mistake in one of its keys.
    """
    if "type" not in schema:
        return schema
    enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*types, "null"], **enum}


def checked_inputs(model: type[ModelT], given: Mapping[str, Any], where: str) -> ModelT:
    """Return a component's inputs with the model's defaults, after checking every value that is known.

    Args:
        model: What is checked.
        given: The inputs, as of `model.args_type`.
        where: The component, as errors name it.

    Raises:
        ConfigurationError: An input is wrong; it names every problem.
    """
    if misplaced := [*_misplaced_outputs(model.args_type, given)]:
        raise ConfigurationError(where, misplaced)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise ConfigurationError(where, problems_from(error, model)) from None


def _misplaced_outputs(
    args_type: type, given: Mapping[str, Any], path: str = ""
) -> Iterator[Problem]:
    """Find Outputs where the program itself has to know the value: Python would take one for true, or for text."""
    for key, annotation in _annotations(args_type).items():
        value = given.get(key)
        if is_typeddict(annotation) and isinstance(value, Mapping):
            yield from _misplaced_outputs(annotation, value, f"{path}{key}.")
        elif _is_later(value) and not any(
            get_origin(option) is pulumi.Output for option in get_args(annotation)
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
