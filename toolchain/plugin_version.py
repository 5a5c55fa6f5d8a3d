"""Ask a provider plugin for its version, which its file does not have."""

import subprocess
import threading
from pathlib import Path

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

_TIMEOUT_SECONDS = 30
_NO_ENGINE = "127.0.0.1:1"


def plugin_version(program: Path) -> str | None:
    """Return the version, without a leading v, or None if it does not answer like a plugin."""
    try:
        process = subprocess.Popen(  # noqa: S603 - a plugin that Pulumi itself would start
            [program, _NO_ENGINE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
    # A program that neither answers nor ends is no plugin.
    timer = threading.Timer(_TIMEOUT_SECONDS, process.kill)
    timer.start()
    try:
        port = process.stdout.readline() if process.stdout else b""
        return _ask(int(port)) if port.strip().isdigit() else None
    finally:
        timer.cancel()
        process.kill()
        process.communicate()


def _ask(port: int) -> str | None:
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        provider = provider_pb2_grpc.ResourceProviderStub(channel)
        try:
            info = provider.GetPluginInfo(empty_pb2.Empty(), timeout=_TIMEOUT_SECONDS)
        except grpc.RpcError:
            return None
    return info.version.removeprefix("v") or None
