"""Install a project's dependencies: `pulumi install`, and plugins before their first run."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2

from toolchain.language_host import project_python
from toolchain.language_host.children import Children, output
from toolchain.language_host.project_python import ProjectPython
from toolchain.language_host.refusal import RefusedError

_PIP = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input"]


def install(
    python: ProjectPython,
    context: grpc.ServicerContext,
    children: Children,
    *,
    is_plugin: bool,
) -> Iterator[language_pb2.InstallDependenciesResponse]:
    """Make the virtualenv if it is missing, and install what the project asks for.

    With pip: `requirements.txt`, else `pyproject.toml` with the `constraints.txt` beside it, in the
    program's folder or above it up to the root. With uv: `uv sync`.

    Args:
        python: The project's Python.
        context: The call; when it ends, so does the command that runs.
        children: Runs the commands.
        is_plugin: The engine installs plugins before each use. As with the official host, one with
            a `pyproject.toml` is taken to be installed already in its virtualenv.

    Raises:
        RefusedError: a step failed; its output has been streamed before.
    """
    for command in _commands(python, is_plugin):
        shown = " ".join(str(part) for part in command)
        yield _line(f"> {shown}\n".encode())
        yield from _run(command, shown, python, context, children)


def _commands(python: ProjectPython, is_plugin: bool) -> Iterator[list[str | Path]]:
    if python.toolchain == "uv":
        uv = shutil.which("uv")
        if uv is None:
            message = """\
uv is not on PATH
  problem: the project uses uv (runtime.options.toolchain, or a uv.lock)
  fix:     install uv, or set runtime.options.toolchain to pip"""
            raise RefusedError(message)
        yield [uv, "sync"]
        return
    if python.virtualenv is not None and not (python.virtualenv / "bin" / "python").exists():
        yield [project_python.on_path(), "-m", "venv", python.virtualenv]
    for folder in _program_to_root(python):
        if (folder / "requirements.txt").exists():
            yield [python.command(), *_PIP, "-r", folder / "requirements.txt"]
            return
        if (folder / "pyproject.toml").exists():
            if not is_plugin:
                pins = folder / "constraints.txt"
                constraint: list[str | Path] = ["-c", pins] if pins.exists() else []
                yield [python.command(), *_PIP, *constraint, "-e", folder]
            return


def _program_to_root(python: ProjectPython) -> Iterator[Path]:
    for folder in (python.program_directory, *python.program_directory.parents):
        yield folder
        if folder == python.root:
            return


def _run(
    command: list[str | Path],
    shown: str,
    python: ProjectPython,
    context: grpc.ServicerContext,
    children: Children,
) -> Iterator[language_pb2.InstallDependenciesResponse]:
    environment = python.environment()
    if python.virtualenv is not None:
        # uv would otherwise use `.venv` whatever the project says.
        environment["UV_PROJECT_ENVIRONMENT"] = str(python.virtualenv)
    process = children.start(
        f"`{shown}`",
        command,
        context,
        cwd=python.program_directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    for _, chunk in output(process):
        yield _line(chunk)
    code = children.wait(process)
    if code != 0:
        message = f"`{shown}` failed with exit code {code}; its output is above"
        raise RefusedError(message)


def _line(text: bytes) -> language_pb2.InstallDependenciesResponse:
    return language_pb2.InstallDependenciesResponse(stdout=text)
