"""Tells about the Python that runs it; started by the language host in the project's Python.

Prints one JSON object: the interpreter, the installed distributions and the Pulumi plugins that
they name. Imports only the standard library.
"""

import importlib.metadata
import json
import platform
import re
import sys
from typing import Any


def main() -> None:
    """Print what there is."""
    sys.path.pop(0)
    distributions = {_name(found): found for found in importlib.metadata.distributions()}
    needed = {
        _canonical(match.group())
        for found in distributions.values()
        for requirement in found.requires or []
        if "extra ==" not in requirement
        and (match := re.match(r"[\w.-]+", requirement)) is not None
    }
    answer = {
        "executable": sys.executable,
        "version": platform.python_version(),
        "distributions": [
            {"name": name, "version": found.version, "direct": name not in needed}
            for name, found in sorted(distributions.items())
        ],
        "plugins": [plugin for found in distributions.values() for plugin in _plugins(found)],
    }
    json.dump(answer, sys.stdout)


def _name(distribution: importlib.metadata.Distribution) -> str:
    return _canonical(distribution.metadata["Name"])


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _plugins(distribution: importlib.metadata.Distribution) -> list[dict[str, Any]]:
    """Return the contents of the `pulumi-plugin.json` files of a distribution."""
    return [
        {"distribution_version": distribution.version, **json.loads(file.read_text())}
        for file in distribution.files or []
        if file.name == "pulumi-plugin.json"
    ]


if __name__ == "__main__":
    main()
