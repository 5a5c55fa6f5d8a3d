"""Write a Python program for what `pulumi import` imported."""

from collections.abc import Iterator, Mapping
from typing import Any

from toolchain.language_host import pcl
from toolchain.language_host.package_schema import Packages, Schema, python_name

_INDENT = "    "

_FUNCTIONS = {
    "secret": "pulumi.Output.secret",
    "unsecret": "pulumi.Output.unsecret",
    "fileAsset": "pulumi.FileAsset",
    "stringAsset": "pulumi.StringAsset",
    "remoteAsset": "pulumi.RemoteAsset",
    "fileArchive": "pulumi.FileArchive",
    "remoteArchive": "pulumi.RemoteArchive",
    "assetArchive": "pulumi.AssetArchive",
}

_OPTIONS = frozenset(
    {
        "deletedWith",
        "dependsOn",
        "ignoreChanges",
        "import",
        "parent",
        "protect",
        "provider",
        "replaceWith",
        "retainOnDelete",
    }
)


class NotWritableError(Exception):
    """The program uses something that is not written here."""

    def __init__(self, problem: str, line: int) -> None:
        """Say what it is and in which line of the PCL."""
        super().__init__(problem)
        self.line = line


def write(blocks: list[pcl.Block], packages: Packages) -> str:
    """Return the Python program for the blocks of a PCL file.

    Raises:
        NotWritableError: there is a block, option or function without a known Python form.
    """
    writer = _Writer(packages)
    statements = [writer.statement(block) for block in blocks if block.type != "package"]
    imports = ["import pulumi", *sorted(writer.imports)]
    return "\n".join(imports) + "\n\n" + "\n".join(statements)


class _Writer:
    def __init__(self, packages: Packages) -> None:
        self.imports: set[str] = set()
        self._packages = packages
        self._token = ""

    def statement(self, block: pcl.Block) -> str:
        """Return the assignment that declares a resource or component."""
        if block.type == "resource" and len(block.labels) == 2:
            name, self._token = block.labels
            resource = self._packages.resource(self._token)
            short = resource.package.removeprefix("pulumi_")
            alias = "" if short == resource.package else f" as {short}"
            self.imports.add(f"import {resource.package}{alias}")
            arguments = self._inputs(block, resource.inputs)
            callee = f"{short}.{resource.class_path}"
        elif block.type == "component" and "token" in block.attributes:
            name = block.labels[0]
            token = self._expression(block.attributes["token"], {}, 1)
            callee, arguments = "pulumi.ComponentResource", []
            return self._call(block, name, callee, [token, self._name(block, name)], arguments)
        else:
            problem = f"a `{block.type}` block"
            raise NotWritableError(problem, block.line)
        return self._call(block, name, callee, [self._name(block, name)], arguments)

    def _call(
        self, block: pcl.Block, name: str, callee: str, first: list[str], arguments: list[str]
    ) -> str:
        arguments = [*first, *arguments, *self._options(block)]
        lines = "".join(f"{_INDENT}{argument},\n" for argument in arguments)
        return f"{python_name(name)} = {callee}(\n{lines})\n"

    def _name(self, block: pcl.Block, name: str) -> str:
        """Return the resource's name, which may be none that a variable can have."""
        logical = block.attributes.get("__logicalName")
        return self._expression(logical, {}, 1) if logical else _quote(name)

    def _inputs(self, block: pcl.Block, inputs: Mapping[str, Schema]) -> list[str]:
        return [
            f"{python_name(name)}={self._expression(value, inputs.get(name, {}), 1)}"
            for name, value in block.attributes.items()
            if name != "__logicalName"
        ]

    def _options(self, block: pcl.Block) -> Iterator[str]:
        for inner in block.blocks:
            if inner.type != "options":
                problem = f"a `{inner.type}` block in a resource"
                raise NotWritableError(problem, inner.line)
            unknown = inner.attributes.keys() - _OPTIONS
            if unknown:
                problem = f"the resource option {', '.join(sorted(unknown))}"
                raise NotWritableError(problem, inner.line)
            options = [
                f"{python_name(name)}={self._option(name, value)}"
                for name, value in inner.attributes.items()
            ]
            yield f"opts=pulumi.ResourceOptions({', '.join(options)})"

    def _option(self, name: str, value: pcl.Expression) -> str:
        if name == "ignoreChanges" and isinstance(value, pcl.ListOf):
            # The engine writes property paths as if they were variables.
            paths = [_path(item) for item in value.items]
            return f"[{', '.join(map(_quote, paths))}]"
        return self._expression(value, {}, 1)

    def _expression(self, value: pcl.Expression, of_type: Schema, depth: int) -> str:
        match value:
            case pcl.Literal():
                return _literal(value.value)
            case pcl.Template():
                parts = [self._expression(part, {}, depth) for part in value.parts]
                return f"pulumi.Output.concat({', '.join(parts)})"
            case pcl.ListOf():
                item_type = of_type.get("items", {})
                items = [self._expression(item, item_type, depth + 1) for item in value.items]
                return _bracketed("[", items, "]", depth)
            case pcl.ObjectOf():
                return self._object(value, of_type, depth)
            case pcl.Reference():
                return _reference(value)
            case pcl.Call():
                if value.function not in _FUNCTIONS:
                    problem = f"the function `{value.function}`"
                    raise NotWritableError(problem, value.line)
                args = [self._expression(arg, of_type, depth) for arg in value.args]
                return f"{_FUNCTIONS[value.function]}({', '.join(args)})"

    def _object(self, value: pcl.ObjectOf, of_type: Schema, depth: int) -> str:
        properties = self._packages.object_properties(self._token, of_type)
        entries = []
        for key, item in value.items:
            # A map's keys are the user's; an object's are properties, spelt as in Python.
            known = properties is not None or (not of_type and not key.quoted)
            name = python_name(key.text) if known else key.text
            item_type = (
                of_type.get("additionalProperties", {})
                if properties is None
                else properties.get(key.text, {})
            )
            entries.append(f"{_quote(name)}: {self._expression(item, item_type, depth + 1)}")
        return _bracketed("{", entries, "}", depth)


def _bracketed(start: str, items: list[str], end: str, depth: int) -> str:
    if not items:
        return start + end
    inner = _INDENT * (depth + 1)
    return f"{start}\n" + "".join(f"{inner}{item},\n" for item in items) + _INDENT * depth + end


def _reference(value: pcl.Reference) -> str:
    steps = [
        f"[{step!r}]" if isinstance(step, int) else "." + python_name(step) for step in value.path
    ]
    return python_name(value.root) + "".join(steps)


def _path(value: pcl.Expression) -> str:
    """Return a property path as the engine spells it, for `ignore_changes`."""
    if isinstance(value, pcl.Reference):
        steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in value.path]
        return value.root + "".join(steps)
    return str(value.value) if isinstance(value, pcl.Literal) else ""


def _literal(value: Any) -> str:  # noqa: ANN401 - any JSON scalar
    return _quote(value) if isinstance(value, str) else repr(value)


def _quote(text: str) -> str:
    """Return a Python string literal in double quotes, as formatters write it."""
    quoted = repr(text)
    if quoted.startswith("'") and '"' not in text:
        return f'"{quoted[1:-1]}"'
    return quoted
