"""Property values: between the engine's `Struct` messages and plain Python.

In Python a property map is a dictionary of plain values. A value that is only known after an
update is `UNKNOWN`. Secret marks are taken off on the way in: the provider does not announce that it
accepts secrets, as the official one does not, so the engine keeps the marks itself and puts them back
on every answer.
"""

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

Properties: TypeAlias = dict[str, Any]
"""A property map: names as the engine spells them (camelCase), values plain."""


class _Unknown(Enum):
    UNKNOWN = rpc.UNKNOWN


UNKNOWN: Final = _Unknown.UNKNOWN
"""A value that is not known before the update has run."""

SIGNATURE: Final = rpc._special_sig_key
SECRET: Final = rpc._special_secret_sig
_INNER: Final = {
    SECRET: "value",
    rpc._special_output_value_sig: "value",
    rpc._special_resource_sig: "id",
}
"""Where each kind of marked object has the value itself."""

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
    properties: Properties = _plain(json_format.MessageToDict(message))
    return properties


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWN_MARKERS else value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    # An output value without a value is one that is not known yet.
    if inner := _INNER.get(value.get(SIGNATURE, "")):
        return _plain(value.get(inner, rpc.UNKNOWN))
    return {name: plain for name, item in value.items() if (plain := _plain(item)) is not None}


def encode(properties: Mapping[str, object], secrets: Collection[str] = ()) -> struct_pb2.Struct:
    """The engine's message of a property map.

    Args:
        properties: The map; a `None` is left out, at every depth.
        secrets: Names whose values, once known, are marked secret.
    """
    message = struct_pb2.Struct()
    message.update(
        {
            name: {SIGNATURE: SECRET, "value": value}
            if name in secrets and value != rpc.UNKNOWN
            else value
            for name, value in _wire(properties).items()
        }
    )
    return message


def _wire(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {name: _wire(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    return rpc.UNKNOWN if value is UNKNOWN else value


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
