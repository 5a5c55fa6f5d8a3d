"""What the provider has the engine print besides what it is, which test_attach.py shows: warnings."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from tests.toolchain.provider.declared import JOB, JOB_URN, PROJECT_URN
from tests.toolchain.provider.provider_process import ProviderProcess


class Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self):
        self.messages = []

    def Log(self, request, context):  # noqa: N802
        self.messages.append((request.severity, request.urn, request.message))
        return empty_pb2.Empty()


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def provider(engine, service):
    """A provider of that engine, configured for the service."""
    server = grpc.server(ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    started = ProviderProcess(f"127.0.0.1:{port}")
    started.configure(service.address)
    yield started
    started.close()
    server.stop(None)


def test_a_job_that_is_gone_is_a_warning_in_an_import_and_in_a_refresh(provider, engine):
    state = {**JOB, "id": "999"}

    provider.call("Read", {"urn": JOB_URN, "id": "999"})
    provider.call("Read", {"urn": JOB_URN, "id": "missing ID", "properties": state, "inputs": JOB})

    text = (
        "[WARNING] The job was not found and has been removed from the state.: Resource not found"
    )
    assert engine.messages[1:] == [(engine_pb2.WARNING, JOB_URN, text)] * 2


def test_a_project_that_is_gone_is_no_warning_as_in_the_official_provider(provider, engine):
    provider.call("Read", {"urn": PROJECT_URN, "id": "999"})

    assert len(engine.messages) == 1
