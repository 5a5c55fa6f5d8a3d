"""Start a plugin as the engine does, and ask a provider for its version, which its file does not have."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TIMEOUT_SECONDS = 30
_NO_ENGINE = "127.0.0.1:1"


@contextmanager
def running(program: Path) -> Iterator[int | None]:
    """Run a plugin in the block; the value is the port that it prints, or None if it is no plugin."""
    try:
        process = subprocess.Popen(  # noqa: S603 - a plugin that Pulumi itself would start
            [program, _NO_ENGINE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        )
    except OSError:
        yield None
        return
    # A program that neither answers nor ends is no plugin.
    timer = threading.Timer(_TIMEOUT_SECONDS, process.kill)
    timer.start()
    try:
        port = process.stdout.readline() if process.stdout else b""
        yield int(port) if port.strip().isdigit() else None
    finally:
        timer.cancel()
        process.kill()
        process.communicate()


def plugin_version(program: Path) -> str | None:
    """Return the version, without a leading v, or None if it does not answer like a provider."""
    # Imported here: gRPC takes longer to import than what needs no version takes to run.
    import grpc
    from google.protobuf import empty_pb2
    from pulumi.runtime.proto import provider_pb2_grpc

    with running(program) as port:
        if port is None:
            return None
        provider = provider_pb2_grpc.ResourceProviderStub(
            grpc.insecure_channel(f"127.0.0.1:{port}")
        )
        try:
            info = provider.GetPluginInfo(empty_pb2.Empty(), timeout=_TIMEOUT_SECONDS)
        except grpc.RpcError:
            return None
    return info.version.removeprefix("v") or None
