"""What a plugin writes, as the messages that the engine wants."""

from pulumi.runtime.proto import language_pb2

from toolchain.language_host.children import Stream


def response(stream: Stream, chunk: bytes) -> language_pb2.RunPluginResponse:
    """Return the message for something that a plugin wrote."""
    if stream == "stdout":
        return language_pb2.RunPluginResponse(stdout=chunk)
    return language_pb2.RunPluginResponse(stderr=chunk)
