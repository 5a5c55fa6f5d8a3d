"""Describes the Python that runs it; started by the language host in the project's Python.

Prints JSON: with the argument `plugins` the provider plugins that installed packages name; otherwise the interpreter
and all installed distributions. Each command of Pulumi waits for the plugins, so slow modules of the standard library
are imported only where they are needed.
"""

import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Print the JSON."""
    sys.path.pop(0)
    json.dump(_plugins() if sys.argv[1:] == ["plugins"] else _about(), sys.stdout)


def _about() -> dict[str, Any]:
    import importlib.metadata
    import platform
    import re

    def canonical(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    distributions = {
        canonical(found.metadata["Name"]): found for found in importlib.metadata.distributions()
    }
    needed = {
        canonical(match.group())
        for found in distributions.values()
        for requirement in found.requires or []
        if "extra ==" not in requirement
        and (match := re.match(r"[\w.-]+", requirement)) is not None
    }
    return {
        "executable": sys.executable,
        "version": platform.python_version(),
        "distributions": [
            {"name": name, "version": found.version, "direct": name not in needed}
            for name, found in sorted(distributions.items())
        ],
    }


def _plugins() -> list[dict[str, Any]]:
    """Return the provider plugins in the `pulumi-plugin.json` files of packages, each with a version."""
    files: dict[str, Path] = {}
    for entry in sys.path:
        for file in Path(entry).glob("*/pulumi-plugin.json"):
            # A program imports the first of two packages with one name.
            files.setdefault(file.parent.name, file)
    found = [(json.loads(file.read_text()), package) for package, file in files.items()]
    return [_with_version(plugin, package) for plugin, package in found if plugin.get("resource")]


def _with_version(plugin: dict[str, Any], package: str) -> dict[str, Any]:
    """Return the plugin with its version, which is its distribution's where the file has none."""
    if plugin.get("version"):
        return plugin
    import importlib.metadata

    [distribution, *_] = importlib.metadata.packages_distributions()[package]
    return {**plugin, "version": importlib.metadata.version(distribution)}


if __name__ == "__main__":
    main()
