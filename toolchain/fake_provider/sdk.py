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

PRIMITIVES: Mapping[type, Kind] = {
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
    # The SDK's classes inherit the id, so it is not among their own properties.
    properties = {"id": _ID, **_properties(declared)}
    arguments = getattr(pulumi_dbtcloud, f"{name}Args")
    return _shape(declared.pulumi_type, properties, arguments.__init__)


@cache
def function(name: str) -> Shape:
    """The shape of a function of the SDK, by its wire name, such as `getJob`.

    Every parameter of an SDK's function has a default, so none is known to be required.
    """
    call = getattr(pulumi_dbtcloud, re.sub("([A-Z])", r"_\1", name).lower())
    answer = getattr(pulumi_dbtcloud, f"{name[0].upper()}{name[1:]}Result")
    return _shape(f"dbtcloud:index/{name}:{name}", _properties(answer), call)


@cache
def configuration() -> dict[str, Property]:
    """The provider's configuration keys, by wire names."""
    return _properties(pulumi_dbtcloud.ProviderArgs, vars(config_keys._ExportableConfig))


def _shape(token: str, properties: dict[str, Property], call: Callable[..., object]) -> Shape:
    """The shape of what answers with these properties, and takes those that are parameters of the call."""
    parameters = inspect.signature(call).parameters
    inputs = {name: item for name, item in properties.items() if item.snake in parameters}
    return Shape(
        token=token,
        properties=properties,
        inputs=inputs,
        required=frozenset(
            name
            for name, item in inputs.items()
            if parameters[item.snake].default is inspect.Parameter.empty
        ),
        description=_first_sentence(call.__doc__),
    )


def _properties(declared: type, typed: Mapping[str, Any] | None = None) -> dict[str, Property]:
    """The properties of a class; `typed` has those that say the types, if the class does not."""
    found = {}
    for snake, member in vars(declared).items():
        getter = getattr(member, "fget", None)
        # `pulumi.getter` notes the wire name on the function it decorates.
        name = getattr(getter, "_pulumi_name", None)
        if getter is None or name is None:
            continue
        says_type = typed[snake].fget if typed else getter
        of, optional = _without_none(_without_output(typing.get_type_hints(says_type)["return"]))
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
    if annotation in PRIMITIVES:
        return Type(kind=PRIMITIVES[annotation])
    if typing.get_origin(annotation) is Sequence:
        return Type(kind="array", element=_type(typing.get_args(annotation)[0]))
    if typing.get_origin(annotation) is Mapping:
        return Type(kind="object", element=_type(typing.get_args(annotation)[1]))
    return Type(kind="object", name=annotation.__name__, fields=_properties(annotation))


def _first_sentence(documentation: str | None) -> str:
    paragraph = inspect.cleandoc(documentation or "").split("\n\n")[0]
    return " ".join(paragraph.split())
