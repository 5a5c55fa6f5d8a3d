"""What the SDK says about a resource: its properties, their types, and which are inputs.

`pulumi_dbtcloud` is generated from the official provider's schema, so it is the one list of names,
types and descriptions. It does not hold defaults, nor what a change of a property causes: those are
each resource's own table.
"""

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import pulumi
import pulumi_dbtcloud
from pulumi_dbtcloud.config import vars as config_keys

Kind = Literal["string", "integer", "number", "boolean", "array", "object"]

_PRIMITIVES: dict[object, Kind] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
}


@dataclass(frozen=True, kw_only=True)
class Type:
    """The type of a property.

    Attributes:
        kind: What kind of value it is.
        element: Of an array: the type of its items. Of an object without fixed properties: the type
            of its values.
        name: Of an object: the name of its class in the SDK.
        fields: Of an object: its properties, by their wire names.
    """

    kind: Kind
    element: "Type | None" = None
    name: str = ""
    fields: "dict[str, Property]" = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property of a resource, of a function's answer, or of an object in either.

    Attributes:
        name: As the engine spells it (camelCase).
        snake: As Python, and the provider's own messages, spell it.
        type: Its type.
        optional: Whether the SDK lets the value be absent.
        description: What it means, from the SDK.
    """

    name: str
    snake: str
    type: Type
    optional: bool
    description: str


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A resource or a function.

    Attributes:
        token: Its type token.
        properties: What it answers, by wire names.
        inputs: What it is given, by wire names.
        required: The wire names of the inputs without which it cannot be declared.
        description: The first sentence of the SDK's documentation.
    """

    token: str
    properties: dict[str, Property]
    inputs: dict[str, Property]
    required: frozenset[str]
    description: str


_ID = Property(
    name="id", snake="id", type=Type(kind="string"), optional=False, description="The id."
)


@cache
def resource(name: str) -> Shape:
    """The shape of a resource class of the SDK, such as `Job`."""
    declared = getattr(pulumi_dbtcloud, name)
    arguments = getattr(pulumi_dbtcloud, f"{name}Args")
    # The SDK's classes inherit the id, so it is not among their own properties.
    properties = {"id": _ID, **_properties(declared)}
    parameters = _parameters(arguments.__init__)
    by_snake = {item.snake: item for item in properties.values()}
    inputs = {by_snake[snake].name: by_snake[snake] for snake in parameters}
    return Shape(
        token=declared.pulumi_type,
        properties=properties,
        inputs=inputs,
        required=frozenset(
            by_snake[snake].name
            for snake, parameter in parameters.items()
            if parameter.default is inspect.Parameter.empty
        ),
        description=_first_sentence(declared.__init__.__doc__),
    )


@cache
def function(name: str) -> Shape:
    """The shape of a function of the SDK, by its wire name, such as `getJob`."""
    snake = re.sub("([A-Z])", r"_\1", name).lower()
    call = getattr(pulumi_dbtcloud, snake)
    answer = getattr(pulumi_dbtcloud, f"{name[0].upper()}{name[1:]}Result")
    properties = _properties(answer)
    by_snake = {item.snake: item for item in properties.values()}
    parameters = [item for item in _parameters(call) if item in by_snake]
    return Shape(
        token=f"dbtcloud:index/{name}:{name}",
        properties=properties,
        inputs={by_snake[item].name: by_snake[item] for item in parameters},
        # Every parameter of an SDK's function has a default, so none is known to be required.
        required=frozenset(),
        description=_first_sentence(call.__doc__),
    )


@cache
def configuration() -> dict[str, Property]:
    """The provider's configuration keys, by wire names."""
    kinds = vars(config_keys._ExportableConfig)
    found = {}
    for snake, member in vars(pulumi_dbtcloud.ProviderArgs).items():
        name = getattr(getattr(member, "fget", None), "_pulumi_name", None)
        if name is not None:
            of, _ = _without_none(typing.get_type_hints(kinds[snake].fget)["return"])
            found[name] = Property(
                name=name,
                snake=snake,
                type=_type(of),
                optional=True,
                description=_first_sentence(member.fget.__doc__),
            )
    return found


def _parameters(call: Callable[..., object]) -> dict[str, inspect.Parameter]:
    return {
        name: parameter
        for name, parameter in inspect.signature(call).parameters.items()
        if name not in ("__self__", "self", "opts")
    }


def _properties(declared: type) -> dict[str, Property]:
    found = {}
    for snake, member in vars(declared).items():
        getter = getattr(member, "fget", None)
        # `pulumi.getter` notes the wire name on the function it decorates.
        name = getattr(getter, "_pulumi_name", None)
        if getter is None or name is None:
            continue
        annotation = typing.get_type_hints(getter)["return"]
        of, optional = _without_none(_without_output(annotation))
        found[name] = Property(
            name=name,
            snake=snake,
            type=_type(of),
            optional=optional,
            description=_first_sentence(getter.__doc__),
        )
    return found


def _without_output(annotation: object) -> object:
    if typing.get_origin(annotation) is pulumi.Output:
        return typing.get_args(annotation)[0]
    return annotation


def _without_none(annotation: object) -> tuple[object, bool]:
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation, False
    [of] = [item for item in typing.get_args(annotation) if item is not type(None)]
    return of, True


def _type(annotation: Any) -> Type:  # noqa: ANN401 - an annotation may be any object
    if annotation in _PRIMITIVES:
        return Type(kind=_PRIMITIVES[annotation])
    if typing.get_origin(annotation) is Sequence:
        return Type(kind="array", element=_type(typing.get_args(annotation)[0]))
    if typing.get_origin(annotation) is Mapping:
        return Type(kind="object", element=_type(typing.get_args(annotation)[1]))
    return Type(kind="object", name=annotation.__name__, fields=_properties(annotation))


def _first_sentence(documentation: str | None) -> str:
    paragraph = inspect.cleandoc(documentation or "").split("\n\n")[0]
    return " ".join(paragraph.split())
