# ruff: noqa: N802 - gRPC names the methods
"""A language host and a provider in the process of the tests, to which an engine attaches.

A command of Pulumi starts both as processes of their own unless two environment variables name running ones. Source:
https://www.pulumi.com/docs/iac/cli/environment-variables/, PULUMI_DEBUG_LANGUAGES and PULUMI_DEBUG_PROVIDERS.
"""

import asyncio
import contextvars
import logging
import runpy
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime._callbacks import _CallbackServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2, provider_pb2_grpc

from toolchain.fake_provider.engine_log import EngineLog
from toolchain.fake_provider.server import Provider
from toolchain.language_host.grpc_options import MESSAGE_SIZE_OPTIONS

_THREADS = 32
_CONNECT_SECONDS = 60


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Serve until the block ends; the value is the environment with which an engine attaches."""
    # Tasks that a failing program leaves behind are no news to anybody, as in the language host.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    # The end of the block waits for programs, which may outlive their engine for a moment.
    with ThreadPoolExecutor(_THREADS) as threads:
        server = grpc.server(threads, options=MESSAGE_SIZE_OPTIONS)
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(_LanguageHost(), server)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Providers(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield {
                "PULUMI_DEBUG_LANGUAGES": f"python:{port}",
                "PULUMI_DEBUG_PROVIDERS": f"dbtcloud:{port}",
            }
        finally:
            server.stop(grace=None).wait()


class _Providers:
    """A fake provider for each connection, as the engine otherwise starts a process for each."""

    def __init__(self) -> None:
        self._providers: dict[str, Provider] = {}

    def __getattr__(self, call: str) -> Callable[[Any, grpc.ServicerContext], Any]:
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            provider = self._providers.get(context.peer())
            if provider is None:
                provider = Provider(EngineLog(), on_cancel=lambda: None)
                self._providers[context.peer()] = provider
            return getattr(provider, call)(request, context)

        return answer


class _LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Runs the project's `__main__.py` in a thread, each time as a program of its own."""

    def __init__(self) -> None:
        self._engines: dict[str, str] = {}
        """Their addresses, by their connections: a command of Pulumi makes several."""

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        self._engines[context.peer()] = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo()

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        return language_pb2.GetRequiredPackagesResponse()

    def Run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        # Pulumi's SDK keeps settings and configuration of a program in context variables.
        return contextvars.copy_context().run(self._run, request, context)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        pulumi.runtime.reset_options(
            project=request.project,
            stack=request.stack,
            root_directory=request.info.root_directory,
            parallel=request.parallel,
            engine_address=self._engines[context.peer()],
            monitor_address=request.monitor_address,
            preview=request.dryRun,
            organization=request.organization,
        )
        pulumi.runtime.set_all_config(request.config, request.configSecretKeys)
        _wait_for(request.monitor_address)
        program = Path(request.info.program_directory, "__main__.py")
        try:
            with asyncio.Runner() as runner:
                runner.get_loop().set_default_executor(ThreadPoolExecutor(_THREADS))
                runner.run(_execute(program, context))
        except asyncio.CancelledError:
            return language_pb2.RunResponse(bail=True)
        except Exception as error:  # noqa: BLE001 - whatever a program raises is shown
            if context.is_active():
                expected = isinstance(error, pulumi.RunError)
                pulumi.log.error(str(error) if expected else traceback.format_exc())
            return language_pb2.RunResponse(bail=True)
        finally:
            # At a program's end Pulumi's SDK stops the callback servers of all programs of the process. A server that a
            # failed program has left cannot be stopped any more: its event loop is closed.
            _CallbackServicer._servicers.clear()
        return language_pb2.RunResponse()


def _wait_for(address: str) -> None:
    """Wait until gRPC has connected.

    It has one connection to an address for all programs of a process, and waits before it tries one again that failed:
    perhaps the one to an earlier engine that had the same port.
    """
    with grpc.insecure_channel(address, options=_GRPC_CHANNEL_OPTIONS) as channel:
        grpc.channel_ready_future(channel).result(_CONNECT_SECONDS)


async def _execute(program: Path, context: grpc.ServicerContext) -> None:
    """Run a program; cancel it where its engine ends first, as the engine does with a process when a resource fails."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def cancel() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)

    if not context.add_callback(cancel):
        return  # The engine has ended already.
    await pulumi.runtime.run_in_stack(
        lambda: runpy.run_path(str(program), run_name="__main__") and None
    )
