from contextlib import closing

import pytest

from tests.toolchain.provider.provider_process import ProviderProcess
from tests.toolchain.provider.recorded_service import RecordedService
from tests.toolchain.provider.service import Service


@pytest.fixture(scope="session")
def shared_provider():
    """One process for many tests; each configures it anew."""
    with closing(ProviderProcess()) as running:
        yield running


@pytest.fixture
def recorded_service():
    with closing(RecordedService()) as running:
        yield running


@pytest.fixture
def service():
    with closing(Service()) as running:
        yield running


@pytest.fixture
def provider(shared_provider, service):
    """The shared provider, configured for the service."""
    assert shared_provider.configure(service.address)[1] is None
    return shared_provider
