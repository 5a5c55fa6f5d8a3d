import pytest

from tests.provider.provider_process import ProviderProcess
from tests.provider.recorded_service import RecordedService


@pytest.fixture(scope="session")
def shared_provider():
    """One process for many tests; each configures it anew."""
    running = ProviderProcess()
    yield running
    running.close()


@pytest.fixture
def service():
    running = RecordedService()
    yield running
    running.close()
