"""The language host's process, as the engine starts it: `... [--tracing URL] [-v=N] ENGINE_ADDRESS`.

A gRPC server that ends with the engine.
"""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import grpc
from pulumi.runtime.proto import language_pb2_grpc

from toolchain.language_host.children import Children
from toolchain.language_host.grpc_options import MESSAGE_SIZE_OPTIONS
from toolchain.language_host.server import LanguageHost
from toolchain.signals import set_at_signals

_THREADS = 32
"""A running program and every running plugin hold one each."""


def main(arguments: list[str]) -> NoReturn:
    """Serve until the engine is done, interrupts the host, or dies."""
    # Empty if a person started the host, as for a debugger.
    engine_address = arguments[-1] if arguments and not arguments[-1].startswith("-") else ""
    ended = threading.Event()
    set_at_signals(ended)
    children = Children()
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=MESSAGE_SIZE_OPTIONS)
    host = LanguageHost(engine_address, children, ended)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # The engine takes the first line for the port, and every later one for a message to the user.
    print(port, flush=True)
    if engine_address:
        threading.Thread(target=_wait_for_engine, args=(ended,), daemon=True).start()
    ended.wait()
    children.end_all()
    server.stop(grace=1).wait()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit, which waits for calls whose answers nobody needs any more.
    os._exit(0)


def _wait_for_engine(ended: threading.Event) -> None:
    """Wait for the end of standard input: the engine holds the other end as long as it lives."""
    sys.stdin.buffer.read()
    ended.set()


if __name__ == "__main__":
    main(sys.argv[1:])
