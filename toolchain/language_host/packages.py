"""What is installed in a project's Python: for `pulumi about`, and the plugins to load."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import language_pb2, plugin_pb2

from toolchain.language_host.project_python import ProjectPython
from toolchain.language_host.refusal import RefusedError

_PROBE = Path(__file__).with_name("package_probe.py")
_TIMEOUT_SECONDS = 60


def about(python: ProjectPython) -> language_pb2.AboutResponse:
    """Return which Python runs the program."""
    found = _probe(python)
    metadata = {"toolchain": python.toolchain, "language host": "toolchain/language_host"}
    return language_pb2.AboutResponse(
        executable=found["executable"], version=found["version"], metadata=metadata
    )


def dependencies(
    python: ProjectPython, *, transitive: bool
) -> language_pb2.GetProgramDependenciesResponse:
    """Return the installed distributions; without `transitive` those that no other one needs."""
    return language_pb2.GetProgramDependenciesResponse(
        dependencies=[
            language_pb2.DependencyInfo(name=found["name"], version=found["version"])
            for found in _probe(python)["distributions"]
            if transitive or found["direct"]
        ]
    )


def required_packages(python: ProjectPython) -> language_pb2.GetRequiredPackagesResponse:
    """Return the provider plugins that installed SDKs name in their `pulumi-plugin.json`."""
    return language_pb2.GetRequiredPackagesResponse(
        packages=[_package(plugin) for plugin in _probe(python, "plugins")]
    )


def _package(plugin: dict[str, Any]) -> plugin_pb2.PackageDependency:
    package = plugin_pb2.PackageDependency(
        name=plugin["name"],
        kind="resource",
        version=f"v{plugin['version'].removeprefix('v')}",
        server=plugin.get("server", ""),
    )
    parameterization = plugin.get("parameterization")
    if parameterization:
        package.parameterization.name = parameterization["name"]
        package.parameterization.version = parameterization["version"]
        package.parameterization.value = base64.b64decode(parameterization["value"])
    return package


def _probe(python: ProjectPython, *arguments: str) -> Any:  # noqa: ANN401 - the JSON of package_probe.py
    command = python.command()
    try:
        finished = subprocess.run(  # noqa: S603 - the project's own Python
            [command, _PROBE, *arguments],
            cwd=python.root,
            env=python.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{command} does not run: {error}"
        raise RefusedError(message) from error
    except subprocess.CalledProcessError as error:
        message = f"{command} cannot list its packages:\n{error.stderr.decode(errors='replace')}"
        raise RefusedError(message) from error
    return json.loads(finished.stdout)
