"""A provider of one resource type, `thing:index/box:Box`, that keeps nothing.

Run as a plugin. A box named `bad` cannot be made; every box can be read.
"""

import json

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from tests.toolchain.small_provider import SmallProvider, serve

STORED = {"label": "kept"}

LABEL = {"label": {"type": "string"}}
SCHEMA = {
    "name": "thing",
    "version": "1.0.0",
    "meta": {"moduleFormat": "(.*)(?:/[^/]*)"},
    "resources": {"thing:index/box:Box": {"properties": LABEL, "inputProperties": LABEL}},
}


class Things(SmallProvider):
    ACCEPTS_SECRETS = True

    def GetSchema(self, request, context):  # noqa: N802
        return provider_pb2.GetSchemaResponse(schema=json.dumps(SCHEMA))

    def Create(self, request, context):  # noqa: N802
        if request.urn.endswith("::bad"):
            context.abort(grpc.StatusCode.UNKNOWN, "the box cannot be made")
        return provider_pb2.CreateResponse(id="7", properties=request.properties)

    def Read(self, request, context):  # noqa: N802
        stored = struct_pb2.Struct()
        stored.update(STORED)
        return provider_pb2.ReadResponse(id=request.id, properties=stored, inputs=stored)


if __name__ == "__main__":
    serve(Things())
