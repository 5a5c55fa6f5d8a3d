"""The provider as the engine starts it: a process of its own, called over gRPC."""

import subprocess
import sys

import grpc
from google.protobuf import json_format, message_factory
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

START_SECONDS = 20

_SERVICE = provider_pb2.DESCRIPTOR.services_by_name["ResourceProvider"]


class ProviderProcess:
    """A running provider.

    Attributes:
        process: The process.
        port: Its port on loopback.
    """

    def __init__(self, *arguments, env=None):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "toolchain.fake_provider", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
        self.port = int(self.process.stdout.readline())
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def call(self, name, request):
        """Make a call from its JSON form; the answer, and the errors, in theirs."""
        kind = message_factory.GetMessageClass(_SERVICE.methods_by_name[name].input_type)
        try:
            answer = getattr(self._stub, name)(json_format.ParseDict(request, kind()), timeout=30)
        except grpc.RpcError as error:
            code = error.code().name.title()
            return None, [f"rpc error: code = {code} desc = {error.details()}"]
        return json_format.MessageToDict(answer), None

    def configure(self, address, **settings):
        """Configure the provider for a service, as the engine does."""
        config = {
            "accountId": "12",
            "hostUrl": f"http://{address}/api",
            "token": "abc",
            "retryIntervalSeconds": "0",
            **settings,
        }
        return self.call("Configure", {"args": config, "acceptSecrets": True})

    def close(self):
        """End the process as the engine does, by closing its input; everything it wrote."""
        self._channel.close()
        if self.process.poll() is None:
            self.process.stdin.close()
        self.process.wait(START_SECONDS)
        self.process.stdin = None
        return self.process.communicate()
