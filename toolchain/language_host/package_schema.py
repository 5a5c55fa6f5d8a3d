"""What a package's schema says about the Python of its resources."""

import json
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import grpc
from pulumi.runtime.proto.codegen import loader_pb2

from toolchain.language_host.grpc_options import MESSAGE_SIZE_OPTIONS

Schema = dict[str, Any]
"""A package schema, or a part of one, as JSON.

Source: https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
"""


@dataclass(frozen=True, kw_only=True)
class PythonResource:
    """How a resource type is written in Python.

    Attributes:
        package: The distribution's module, as `pulumi_dbtcloud`.
        class_path: The class in it with its submodule, as `Job` or `s3.Bucket`.
        inputs: The schema of each input, by its name in the schema.
    """

    package: str
    class_path: str
    inputs: dict[str, Schema]


class Packages:
    """Looks resource types up in the schemas that the engine has."""

    def __init__(self, load: Callable[[str], Schema]) -> None:
        """Use `load` to get the schema of a package by its name; an empty one if there is none."""
        self._load = cache(load)

    def resource(self, token: str) -> PythonResource:
        """Return how the type `token`, as `dbtcloud:index/job:Job`, is written."""
        package, module, name = token.split(":")
        if (package, module) == ("pulumi", "providers"):
            package, module, name = name, "", "Provider"
            resource = self._load(package).get("provider", {})
        else:
            resource = self._load(package).get("resources", {}).get(token, {})
        schema = self._load(package)
        python = schema.get("language", {}).get("python", {})
        submodule = _submodule(module, name, schema, python)
        return PythonResource(
            package=python.get("packageName") or "pulumi_" + package.replace("-", "_"),
            class_path=f"{submodule}.{name}" if submodule else name,
            inputs=resource.get("inputProperties", {}),
        )

    def object_properties(self, token: str, value_type: Schema) -> dict[str, Schema] | None:
        """Return the properties of an object type of the package of `token`.

        None if `value_type` is a map, whose keys are the user's own, or is not known.
        """
        reference = value_type.get("$ref", "")
        if not reference.startswith("#/types/"):
            for choice in value_type.get("oneOf", []):
                found = self.object_properties(token, choice)
                if found is not None:
                    return found
            return None
        package = token.split(":")[0]
        name = reference.removeprefix("#/types/").replace("%2F", "/")
        properties = self._load(package).get("types", {}).get(name, {}).get("properties")
        return properties if isinstance(properties, dict) else None


def from_engine(loader_address: str) -> Packages:
    """Return the packages that the engine's schema loader knows."""

    def load(package: str) -> Schema:
        # The SDK's own stub for this service (3.259.0) cannot be imported.
        with grpc.insecure_channel(loader_address, options=MESSAGE_SIZE_OPTIONS) as channel:
            get_schema = channel.unary_unary(
                "/codegen.Loader/GetSchema",
                request_serializer=loader_pb2.GetSchemaRequest.SerializeToString,
                response_deserializer=loader_pb2.GetSchemaResponse.FromString,
            )
            schema = json.loads(get_schema(loader_pb2.GetSchemaRequest(package=package)).schema)
        return schema if isinstance(schema, dict) else {}

    return Packages(load)


def python_name(name: str) -> str:
    """Return the Python spelling of a property's or variable's name: `dbtVersion`, `dbt_version`.

    Source: `PyName` in the engine's `codegen/python`.
    """
    name = re.sub(r"\W", "_", name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    if name[:1].isdigit():
        name = f"_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def _submodule(module: str, name: str, schema: Schema, python: Schema) -> str:
    """Return the Python submodule of a token's module: `index/job` is none, `s3/bucket` is `s3`."""
    pattern = schema.get("meta", {}).get("moduleFormat")
    match = re.fullmatch(pattern, module) if pattern else None
    # Bridged providers repeat the type's name, whether their schema says so or not.
    bare = module.removesuffix("/" + name[:1].lower() + name[1:])
    found = match.group(1) if match else bare
    found = str(python.get("moduleNameOverrides", {}).get(found, found))
    return "" if found == "index" else found.replace("/", ".").lower()
