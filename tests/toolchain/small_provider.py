"""What small providers have in common that run as plugins: they take everything as it is."""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

NO_CHANGE = provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)


class SmallProvider(provider_pb2_grpc.ResourceProviderServicer):
    VERSION = "1.0.0"
    ACCEPTS_SECRETS = False

    def GetPluginInfo(self, request, context):  # noqa: N802
        return plugin_pb2.PluginInfo(version=self.VERSION)

    def CheckConfig(self, request, context):  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):  # noqa: N802
        return NO_CHANGE

    def Configure(self, request, context):  # noqa: N802
        return provider_pb2.ConfigureResponse(
            acceptSecrets=self.ACCEPTS_SECRETS, supportsPreview=True
        )

    def Check(self, request, context):  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request, context):  # noqa: N802
        return NO_CHANGE

    def Cancel(self, request, context):  # noqa: N802
        return empty_pb2.Empty()


def serve(provider):
    """Serve until whoever started the process closes its input."""
    server = grpc.server(ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.buffer.read()
