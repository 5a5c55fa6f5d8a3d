"""Run plugins written in Python: component providers and policy packs."""

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2

from toolchain.language_host import project_python
from toolchain.language_host.children import Children, output
from toolchain.language_host.policy_pack import PolicyPack, response
from toolchain.language_host.project_python import ProjectPython
from toolchain.language_host.refusal import RefusedError, refuse_debugger

Responses = Iterator[language_pb2.RunPluginResponse]


def run_plugin(
    request: language_pb2.RunPluginRequest, context: grpc.ServicerContext, children: Children
) -> Responses:
    """Run a plugin and stream what it writes; the last message is its exit code.

    Raises:
        RefusedError: it cannot be run.
    """
    refuse_debugger(request, "a plugin")
    python = project_python.of(request.info)
    environment = python.environment(dict(entry.split("=", 1) for entry in request.env))
    if request.kind == "analyzer":
        return PolicyPack(python, environment, list(request.args), context, children).run()
    command = [python.command(), "-u", *_target(python), *request.args]
    return _run(command, Path(request.pwd), environment, context, children)


def _run(
    command: list[str | Path],
    cwd: Path,
    environment: dict[str, str],
    context: grpc.ServicerContext,
    children: Children,
) -> Responses:
    pipe = subprocess.PIPE
    process = children.start(
        "the plugin", command, context, cwd=cwd, env=environment, stdout=pipe, stderr=pipe
    )
    for stream, chunk in output(process):
        yield response(stream, chunk)
    yield language_pb2.RunPluginResponse(exitcode=children.wait(process))


def _target(python: ProjectPython) -> list[str | Path]:
    """Return what to run: the folder's `__main__.py`, else the package that is installed."""
    folder = python.program_directory
    if (folder / "__main__.py").exists():
        return [folder]
    settings = folder / "pyproject.toml"
    try:
        name = tomllib.loads(settings.read_text())["project"]["name"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        message = f"""\
{folder}: not a plugin that can be run
  problem: there is no __main__.py, and {settings} gives no project.name ({error!r})
  fix:     add one of them"""
        raise RefusedError(message) from error
    return ["-m", "pulumi.run.plugin", name]
