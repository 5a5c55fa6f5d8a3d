"""Property values: between the engine's `Struct` messages and plain Python.

In Python a property map is a dictionary of plain values. A value that is only known after an
update is `UNKNOWN`. Secret marks are taken off on the way in: the provider does not announce that it
accepts secrets, as the official one does not, so the engine keeps the marks itself and puts them back
on every answer.
"""

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

Properties: TypeAlias = dict[str, Any]
"""A property map: names as the engine spells them (camelCase), values plain."""


class _Unknown(Enum):
    UNKNOWN = rpc.UNKNOWN


UNKNOWN: Final = _Unknown.UNKNOWN
"""A value that is not known before the update has run."""

SIGNATURE: Final = rpc._special_sig_key
SECRET: Final = rpc._special_secret_sig
_RESOURCE_REFERENCE: Final = rpc._special_resource_sig
_OUTPUT_VALUE: Final = rpc._special_output_value_sig

# The engine has one marker for each type of an unknown value. The Python SDK knows the first only.
# Source: https://github.com/pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go.
_UNKNOWN_MARKERS: Final = frozenset(
    {
        rpc.UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


def decode(message: struct_pb2.Struct) -> Properties:
    """The property map of an engine's message; nulls are left out."""
    return {
        name: value
        for name, value in ((name, _decode(value)) for name, value in message.fields.items())
        if value is not None
    }


def _decode(value: struct_pb2.Value) -> object:
    match value.WhichOneof("kind"):
        case "bool_value":
            return value.bool_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWN_MARKERS else value.string_value
        case "list_value":
            return [_decode(item) for item in value.list_value.values]
        case "struct_value":
            return _decode_object(value.struct_value)
    return None


def _decode_object(message: struct_pb2.Struct) -> object:
    fields = message.fields
    signature = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if signature in (SECRET, _OUTPUT_VALUE):
        # An output value without a value is one that is not known yet.
        return _decode(fields["value"]) if "value" in fields else UNKNOWN
    if signature == _RESOURCE_REFERENCE:
        return _decode(fields["id"]) if "id" in fields else UNKNOWN
    return decode(message)


def encode(properties: Mapping[str, object], secrets: Collection[str] = ()) -> struct_pb2.Struct:
    """The engine's message of a property map.

    Args:
        properties: The map; a `None` is left out, at every depth.
        secrets: Names whose values, once known, are marked secret.
    """
    message = struct_pb2.Struct()
    for name, value in properties.items():
        if value is None:
            continue
        encoded = _encode(value)
        if name in secrets and value is not UNKNOWN:
            encoded = _encode({SIGNATURE: SECRET, "value": value})
        message.fields[name].CopyFrom(encoded)
    return message


def _encode(value: object) -> struct_pb2.Value:
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=rpc.UNKNOWN)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=encode(value))
    if isinstance(value, list | tuple):
        return struct_pb2.Value(
            list_value=struct_pb2.ListValue(values=[_encode(item) for item in value])
        )
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    message = f"a value of type {type(value).__name__} has no form in an engine's message"
    raise TypeError(message)


def has_unknown(value: object) -> bool:
    """Whether a value is, or holds at any depth, one that is not known yet."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN


def known(value: object) -> object:
    """The value, or `None` for one that is not known yet."""
    return None if value is UNKNOWN else value
