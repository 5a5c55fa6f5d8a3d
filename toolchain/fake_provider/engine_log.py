"""Messages that the engine prints for the provider."""

import grpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_TIMEOUT_SECONDS = 5


class EngineLog:
    """The engine's log. Without an engine, messages go nowhere.

    Attributes:
        address: Where the engine listens; empty if there is none.
    """

    def __init__(self, address: str = "") -> None:
        """Prepare the log; nothing is sent yet."""
        self.address = address

    def send(self, severity: engine_pb2.LogSeverity.ValueType, urn: str, text: str) -> None:
        """Have the engine print a message about a resource."""
        if not self.address:
            return
        with grpc.insecure_channel(self.address, options=_GRPC_CHANNEL_OPTIONS) as channel:
            request = engine_pb2.LogRequest(severity=severity, message=text, urn=urn)
            engine_pb2_grpc.EngineStub(channel).Log(request, timeout=_TIMEOUT_SECONDS)
