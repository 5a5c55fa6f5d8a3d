"""Run a Pulumi program in a process of its own."""

import contextlib
import json
import os
import signal
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2

from toolchain.language_host import project_python
from toolchain.language_host.children import Children
from toolchain.language_host.program_runner import ERROR_SHOWN
from toolchain.language_host.project_python import ProjectPython
from toolchain.language_host.refusal import RefusedError, refuse_debugger

_RUNNER = Path(__file__).with_name("program_runner.py")


def run(
    request: language_pb2.RunRequest,
    context: grpc.ServicerContext,
    children: Children,
    engine_address: str,
) -> language_pb2.RunResponse:
    """Run the program of `request` to its end."""
    try:
        refuse_debugger(request, "a program")
        python = project_python.of(request.info)
        if python.typechecker:
            _typecheck(context, python, children)
        code = _run_child(request, context, children, engine_address, python)
    except RefusedError as error:
        return language_pb2.RunResponse(error=str(error))
    if code == 0:
        return language_pb2.RunResponse()
    if code == ERROR_SHOWN:
        return language_pb2.RunResponse(bail=True)
    return language_pb2.RunResponse(error=f"the program {_ended(code)}")


def _run_child(
    request: language_pb2.RunRequest,
    context: grpc.ServicerContext,
    children: Children,
    engine_address: str,
    python: ProjectPython,
) -> int:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb") as pipe:
        try:
            process = children.start(
                "the program",
                [python.command(), "-u", _RUNNER, str(read_end)],
                context,
                cwd=Path(request.pwd or request.info.program_directory),
                env=python.environment(),
                pass_fds=[read_end],
            )
        finally:
            os.close(read_end)
        # A program that died before it read its settings: its exit code is the error.
        with contextlib.suppress(BrokenPipeError):
            pipe.write(json.dumps(_settings(request, engine_address)).encode() + b"\n")
            pipe.flush()
        return children.wait(process)


def _settings(request: language_pb2.RunRequest, engine_address: str) -> dict[str, object]:
    return {
        "program": request.info.entry_point,
        "args": list(request.args),
        "config": dict(request.config),
        "config_secret_keys": list(request.configSecretKeys),
        # The SDK's own.
        "settings": {
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization or "organization",
            "monitor": request.monitor_address,
            "engine": engine_address,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "root_directory": request.info.root_directory,
        },
    }


def _typecheck(context: grpc.ServicerContext, python: ProjectPython, children: Children) -> None:
    checker = str(python.typechecker)
    process = children.start(
        checker,
        [python.command(), "-m", checker, python.program_directory],
        context,
        cwd=python.root,
        env=python.environment(),
    )
    code = children.wait(process)
    if code != 0:
        message = f"""\
{checker} does not accept the program (exit code {code}); its findings are above
  fix:     correct them, or remove runtime.options.typechecker from Pulumi.yaml"""
        raise RefusedError(message)


def _ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
