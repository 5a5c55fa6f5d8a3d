"""`python -m toolchain.fake_provider [ENGINE_ADDRESS]`: the provider's process, as the engine starts it.

Prints its port, and ends when the engine does.
"""

import os
import stat
import sys
import threading
from concurrent import futures
from typing import NoReturn

import grpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from toolchain.fake_provider.engine_log import EngineLog
from toolchain.fake_provider.server import Provider
from toolchain.signals import set_at_signals

_THREADS = 32
"""Calls answered at a time; the engine makes up to 16 by default on four cores."""

_GRACE_SECONDS = 4
"""How long calls under way may take at the end: the engine kills after 5."""

_PARENT_CHECK_SECONDS = 1


def main() -> NoReturn:
    """Serve until the engine ends."""
    # Read before the engine knows of us: after its end the answer would be another one.
    engine = os.getppid()
    ended = threading.Event()
    set_at_signals(ended)
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=_THREADS), options=_GRPC_CHANNEL_OPTIONS
    )
    # The engine's address is the last argument, after flags for logs. Without it a person started the provider, and
    # engines attach to it.
    address = sys.argv[-1] if len(sys.argv) > 1 else ""
    provider = Provider(EngineLog(address), on_cancel=ended.set)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # The engine reads the port from the first line.
    print(port, flush=True)
    threading.Thread(target=_wait_for_engine, args=(engine, ended), daemon=True).start()
    ended.wait()
    provider.cancel()
    server.stop(_GRACE_SECONDS).wait()
    # A call that still waits for the service has nobody to answer; its thread would keep the process.
    os._exit(0)


def _wait_for_engine(engine: int, ended: threading.Event) -> None:
    """Set the event when the engine is gone, even if it was killed."""
    # The engine holds the other end of a pipe, which is closed when it dies.
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        while os.read(sys.stdin.fileno(), 1024):
            pass
        ended.set()
        return
    while not ended.wait(_PARENT_CHECK_SECONDS):
        if os.getppid() != engine:
            ended.set()


if __name__ == "__main__":
    main()
