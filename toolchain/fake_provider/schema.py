"""The package schema, of the resources and functions that the fake provider has.

The engine needs it to write a program for what `pulumi import` brings in.

Source: https://www.pulumi.com/docs/iac/packages-and-automation/pulumi-packages/schema/
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from toolchain.fake_provider import config, sdk
from toolchain.fake_provider.resource import Resource
from toolchain.fake_provider.version import PROVIDER_VERSION

DESCRIPTION = (
    "A fake of the official dbtcloud provider. It reaches a local dbt Cloud on this machine only."
)


def schema(resources: Collection[Resource], functions: Collection[sdk.Shape]) -> str:
    """The schema as JSON."""
    types: dict[str, Any] = {}
    configuration = _properties(sdk.configuration(), types, config.SECRETS)
    document = {
        "name": "dbtcloud",
        "version": PROVIDER_VERSION,
        "description": DESCRIPTION,
        # Tokens are `dbtcloud:index/job:Job`; the module is what stands before the slash.
        "meta": {"moduleFormat": "(.*)(?:/[^/]*)"},
        "config": {"variables": configuration},
        "provider": {"inputProperties": configuration},
        "resources": {
            resource.shape.token: {
                # Every resource has an id without its being named.
                **_members(_without_id(resource.shape), types, resource.secrets),
                "inputProperties": _properties(resource.shape.inputs, types, resource.secrets),
                "requiredInputs": sorted(resource.shape.required),
            }
            for resource in resources
        },
        "functions": {
            function.token: {
                "description": function.description,
                "inputs": {"type": "object", "properties": _properties(function.inputs, types)},
                "outputs": {"type": "object", **_members(function.properties, types)},
            }
            for function in functions
        },
        "types": types,
    }
    return json.dumps(document)


def _members(
    properties: Mapping[str, sdk.Property], types: dict[str, Any], secrets: Collection[str] = ()
) -> dict[str, Any]:
    """What an object of such properties has."""
    return {
        "properties": _properties(properties, types, secrets),
        "required": sorted(name for name, item in properties.items() if not item.optional),
    }


def _properties(
    properties: Mapping[str, sdk.Property], types: dict[str, Any], secrets: Collection[str] = ()
) -> dict[str, Any]:
    return {
        name: _property(item, types, secret=name in secrets) for name, item in properties.items()
    }


def _without_id(shape: sdk.Shape) -> dict[str, sdk.Property]:
    return {name: item for name, item in shape.properties.items() if name != "id"}


def _property(item: sdk.Property, types: dict[str, Any], *, secret: bool) -> dict[str, Any]:
    described = {**_type(item.type, types), "description": item.description}
    return {**described, "secret": True} if secret else described


def _type(of: sdk.Type, types: dict[str, Any]) -> dict[str, Any]:
    if of.element and of.kind == "array":
        return {"type": "array", "items": _type(of.element, types)}
    if of.element:
        return {"type": "object", "additionalProperties": _type(of.element, types)}
    if of.kind != "object":
        return {"type": of.kind}
    token = f"dbtcloud:index/{of.name}:{of.name}"
    if token not in types:
        types[token] = {}
        types[token] = {"type": "object", **_members(of.fields, types)}
    return {"$ref": f"#/types/{token}"}
