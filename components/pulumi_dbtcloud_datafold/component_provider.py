"""The components for programs in any language Pulumi has: a provider that the engine starts as a plugin.

The SDK's host reads the schema from the annotations of the components. Added here is what it leaves out: the
descriptions of inherited inputs, whole numbers (all numbers arrive as floats), inputs that are known only later, and
errors without a traceback.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from typing import Any

import pulumi
from pulumi.errors import InputPropertiesError, InputPropertyErrorDetails
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.analyzer import (
    ComponentDefinition,
    PropertyDefinition,
    PropertyType,
)
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.experimental.schema import generate_schema
from pulumi.provider.server import ComponentInitError

import pulumi_dbtcloud_datafold
from pulumi_dbtcloud_datafold.settings.attribute_docstrings import attribute_docstrings
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem

PACKAGE = "dbtcloud-datafold"
"""Pulumi package: what type tokens begin with."""
DISTRIBUTION = "pulumi-dbtcloud-datafold"


class DatafoldProvider(ComponentProvider):
    """Makes components for the engine, from the inputs that the engine sends."""

    def __init__(self, components: Sequence[type[pulumi.ComponentResource]], version: str) -> None:
        """Infer the schema of the components."""
        super().__init__(list(components), PACKAGE, version=version)
        self._words = _schema_words(
            definition.inputs_mapping for definition in self._component_defs.values()
        ) | _schema_words(definition.properties_mapping for definition in self._type_defs.values())
        for component in components:
            definition = self._component_defs[component.__name__]
            definition.description = self._in_schema_words(definition.description or "")
            args = inspect.get_annotations(component.__init__)["args"]
            self._describe(definition.inputs, definition.inputs_mapping, args)
            self._describe(definition.outputs, definition.outputs_mapping, component)
        for type_ in self._type_defs.values():
            type_.description = self._in_schema_words(type_.description or "")
            self._describe(type_.properties, type_.properties_mapping, type_.python_type)
        schema = generate_schema(
            PACKAGE, version, None, self._component_defs, self._type_defs, self._dependencies
        )
        self.schema = json.dumps(schema.to_json())

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make a component.

        Raises:
            InputPropertiesError: An input is wrong; it names every problem by the schema's names.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, ConfigurationError):
                raise self._refusal(error.inner) from None
            raise

    def map_inputs(
        self, inputs: pulumi.Inputs, component_def: ComponentDefinition
    ) -> dict[str, pulumi.Input[Any]]:
        """Return the inputs by their Python names, numbers as the component wants them.

        Raises:
            InputPropertiesError: A block of settings is an output as a whole.
        """
        problems: list[Problem] = []
        mapped = self._mapped(
            inputs, component_def.inputs, component_def.inputs_mapping, "", problems
        )
        if problems:
            raise self._refusal(ConfigurationError(component_def.name, problems))
        return mapped

    def _mapped(
        self,
        given: Mapping[str, Any],
        properties: Mapping[str, PropertyDefinition],
        names: Mapping[str, str],
        path: str,
        problems: list[Problem],
    ) -> dict[str, Any]:
        """Return one block by its Python names; a key the schema does not know is left to the component's check."""
        mapped: dict[str, Any] = {}
        for key, value in given.items():
            name = names.get(key, key)
            where = f"{path}.{name}" if path else name
            definition = properties.get(key, PropertyDefinition())
            mapped[name] = self._value(value, definition, where, problems)
        return mapped

    def _value(
        self,
        value: Any,  # noqa: ANN401 - any input
        definition: PropertyDefinition,
        where: str,
        problems: list[Problem],
    ) -> Any:  # noqa: ANN401 - any input
        block = self.get_type_definition(definition) if definition.ref else None
        if isinstance(value, pulumi.Output):
            if definition.plain:
                problems.append(
                    Problem(
                        where,
                        "this depends on a resource or on a secret, but must be known beforehand",
                        "write it out; single values inside a block may be outputs",
                    )
                )
            return value.apply(lambda known: self._value(known, definition, where, problems))
        if isinstance(value, dict) and block:
            return self._mapped(value, block.properties, block.properties_mapping, where, problems)
        if isinstance(value, list) and definition.items:
            items = definition.items
            return [
                self._value(item, items, f"{where}[{index}]", problems)
                for index, item in enumerate(value)
            ]
        is_whole = isinstance(value, float) and value.is_integer()
        return int(value) if is_whole and definition.type is PropertyType.INTEGER else value

    def _refusal(self, error: ConfigurationError) -> InputPropertiesError:
        """Return the error in the schema's words and without a traceback."""
        details = [
            InputPropertyErrorDetails(
                property_path=self._in_schema_words(problem.path),
                reason=self._in_schema_words(f"{problem.problem}; fix: {problem.fix}"),
            )
            for problem in error.problems
        ]
        return InputPropertiesError(error.where, details)

    def _describe(
        self, properties: Mapping[str, PropertyDefinition], names: Mapping[str, str], type_: type
    ) -> None:
        described: dict[str, str] = {}
        for base in reversed(type_.__mro__):
            if base.__module__.startswith(pulumi_dbtcloud_datafold.__name__):
                described |= attribute_docstrings(base)
        for key, definition in properties.items():
            text = described.get(names[key])
            definition.description = self._in_schema_words(text) if text else None

    def _in_schema_words(self, text: str) -> str:
        """Write `execute_steps` as `executeSteps` wherever an input is meant."""
        return re.sub(
            r"\b[a-z]+(_[a-z]+)+\b",
            lambda word: self._words.get(word[0], word[0]),
            inspect.cleandoc(text),
        )


def serve() -> None:
    """Serve the components until the engine ends the process; the engine's arguments are in `sys.argv`."""
    exported = vars(pulumi_dbtcloud_datafold).values()
    components = [
        component
        for component in exported
        if isinstance(component, type) and issubclass(component, pulumi.ComponentResource)
    ]
    main(DatafoldProvider(components, _version()), sys.argv[1:])


def _version() -> str:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        # A checkout whose dependencies alone are installed. The SDK's own default:
        return "0.0.0"


def _schema_words(mappings: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {python: schema for names in mappings for schema, python in names.items()}
