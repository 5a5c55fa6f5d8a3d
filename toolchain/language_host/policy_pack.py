"""Run a policy pack, and give it the configuration of the stack it looks at.

The engine sends the configuration by an RPC (`ConfigureStack`) to the pack's own server, but the
policy SDK wants it before it starts. So the engine is given a server of ours, which takes the
configuration, then starts the pack, and forwards everything else to it unread.
"""

import contextlib
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import analyzer_pb2, language_pb2

from toolchain.language_host.children import Children, Stream, output
from toolchain.language_host.grpc_options import MESSAGE_SIZE_OPTIONS
from toolchain.language_host.project_python import ProjectPython

_SERVICE = "/pulumirpc.Analyzer/"
_RUNNER = Path(__file__).with_name("policy_runner.py")
_THREADS = 16
_GRACE_SECONDS = 2.0
_EMPTY = b""
"""A message without any field, as it is sent."""


class PolicyPack(grpc.GenericRpcHandler):
    """One policy pack and the server in front of it."""

    def __init__(
        self,
        python: ProjectPython,
        environment: dict[str, str],
        args: list[str],
        context: grpc.ServicerContext,
        children: Children,
    ) -> None:
        """Prepare to run the pack in `python.program_directory`; nothing is started yet.

        Raises:
            RefusedError: the pack's Python is missing.
        """
        self._command = python.command()
        self._folder = python.program_directory
        self._environment = environment
        self._args = args
        self._context = context
        self._children = children
        self._start_lock = threading.Lock()
        self._configuration = b""
        self._process: Future[subprocess.Popen[bytes] | None] = Future()
        self._channel: Future[grpc.Channel] = Future()

    def run(self) -> Iterator[language_pb2.RunPluginResponse]:
        """Serve until the engine ends the call; yields the port, then the pack's output."""
        server = grpc.server(ThreadPoolExecutor(_THREADS), options=MESSAGE_SIZE_OPTIONS)
        server.add_generic_rpc_handlers((self,))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self._context.add_callback(self._give_up)
        try:
            yield language_pb2.RunPluginResponse(stdout=f"{port}\n".encode())
            process = self._process.result()
            if process is None:
                return
            yield from self._forward_output(process)
            yield language_pb2.RunPluginResponse(exitcode=self._children.wait(process))
        finally:
            # First the calls that wait for the pack are answered, with the reason why it ended.
            server.stop(_GRACE_SECONDS)

    def service(self, handler_call_details: Any) -> "grpc.RpcMethodHandler[bytes, bytes] | None":  # noqa: ANN401
        """Find who answers a call (called by gRPC)."""
        method: str = handler_call_details.method
        if not method.startswith(_SERVICE):
            return None
        if method == _SERVICE + "Handshake":
            return grpc.unary_unary_rpc_method_handler(lambda request, context: _EMPTY)
        return grpc.unary_unary_rpc_method_handler(partial(self._forward, method))

    def _forward(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        """Have the pack answer; the configuration is one that it already has."""
        is_configuration = method == _SERVICE + "ConfigureStack"
        if is_configuration:
            self._configuration = request
        self._start()
        try:
            channel = self._channel.result()
            call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
            return call(request)
        except _PackEndedError as error:
            context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
            raise
        except grpc.RpcError as error:
            if is_configuration and error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return _EMPTY
            metadata = error.trailing_metadata() or ()
            context.set_trailing_metadata(tuple((item.key, item.value) for item in metadata))
            context.abort(error.code(), error.details() or "")
            raise

    def _start(self) -> None:
        """Start the pack if that has not been done. Without configuration it gets none."""
        with self._start_lock:
            if self._process.done():
                return
            read_end, write_end = os.pipe()
            try:
                # argv: the SDK's runner reads the engine's address from the last place but one.
                process = self._children.start(
                    "the policy pack",
                    [self._command, "-u", _RUNNER, str(read_end), *self._args, "."],
                    self._context,
                    cwd=self._folder,
                    env=self._environment,
                    pass_fds=[read_end],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            except BaseException:
                os.close(write_end)
                self._process.set_result(None)
                raise
            finally:
                os.close(read_end)
            self._pipe = os.fdopen(write_end, "wb")
            with contextlib.suppress(BrokenPipeError):
                self._pipe.write(_environment(self._configuration) + b"\n")
                self._pipe.flush()
            self._process.set_result(process)

    def _give_up(self) -> None:
        """Stop waiting for the start of the pack: the engine has ended the call."""
        with self._start_lock:
            if not self._process.done():
                self._process.set_result(None)

    def _forward_output(
        self, process: subprocess.Popen[bytes]
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Yield what the pack writes, without its first line, which is its port."""
        first_line = b""
        for stream, chunk in output(process):
            shown = chunk
            if stream == "stdout" and not self._channel.done():
                first_line, end, shown = (first_line + chunk).partition(b"\n")
                if not end:
                    continue
                self._connect(first_line)
            if shown:
                yield response(stream, shown)
        if not self._channel.done():
            self._channel.set_exception(_PackEndedError())

    def _connect(self, port: bytes) -> None:
        address = f"127.0.0.1:{int(port)}"
        self._channel.set_result(grpc.insecure_channel(address, options=MESSAGE_SIZE_OPTIONS))


class _PackEndedError(Exception):
    """The pack ended before it served."""

    def __init__(self) -> None:
        super().__init__("the policy pack ended before it was ready; what it wrote is above")


def _environment(configuration: bytes) -> bytes:
    """Return the environment variables that the policy SDK reads, as JSON."""
    if not configuration:
        return b"{}"
    request = analyzer_pb2.AnalyzerStackConfigureRequest.FromString(configuration)
    return json.dumps(
        {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.config_secret_keys)),
            "PULUMI_ORGANIZATION": request.organization,
            "PULUMI_PROJECT": request.project,
            "PULUMI_STACK": request.stack,
            "PULUMI_DRY_RUN": "true" if request.dry_run else "false",
        }
    ).encode()


def response(stream: Stream, chunk: bytes) -> language_pb2.RunPluginResponse:
    """Return the message for something that a plugin wrote."""
    if stream == "stdout":
        return language_pb2.RunPluginResponse(stdout=chunk)
    return language_pb2.RunPluginResponse(stderr=chunk)
