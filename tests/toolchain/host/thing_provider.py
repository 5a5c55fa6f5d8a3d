"""A provider of one resource type, `thing:index/box:Box`, that keeps nothing.

Run as a plugin. A box named `bad` cannot be made; every box can be read.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

STORED = {"label": "kept"}

LABEL = {"label": {"type": "string"}}
SCHEMA = {
    "name": "thing",
    "version": "1.0.0",
    "meta": {"moduleFormat": "(.*)(?:/[^/]*)"},
    "resources": {"thing:index/box:Box": {"properties": LABEL, "inputProperties": LABEL}},
}


class Things(provider_pb2_grpc.ResourceProviderServicer):
    def GetPluginInfo(self, request, context):  # noqa: N802
        return plugin_pb2.PluginInfo(version="1.0.0")

    def GetSchema(self, request, context):  # noqa: N802
        return provider_pb2.GetSchemaResponse(schema=json.dumps(SCHEMA))

    def CheckConfig(self, request, context):  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request, context):  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request, context):  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request, context):  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request, context):  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Create(self, request, context):  # noqa: N802
        if request.urn.endswith("::bad"):
            context.abort(grpc.StatusCode.UNKNOWN, "the box cannot be made")
        return provider_pb2.CreateResponse(id="7", properties=request.properties)

    def Read(self, request, context):  # noqa: N802
        stored = struct_pb2.Struct()
        stored.update(STORED)
        return provider_pb2.ReadResponse(id=request.id, properties=stored, inputs=stored)

    def Cancel(self, request, context):  # noqa: N802
        return empty_pb2.Empty()


if __name__ == "__main__":
    server = grpc.server(ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Things(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    # Whoever started it holds the other end.
    sys.stdin.buffer.read()
