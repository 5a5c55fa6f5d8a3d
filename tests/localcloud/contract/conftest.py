import httpx
import pytest

from localcloud import testing
from localcloud.testing import NO_TLS
from tests.localcloud.contract.client import Client


@pytest.fixture
def cloud(shared_cloud):
    """A server that holds the development seed and nothing else."""
    shared_cloud.control.reset()
    return shared_cloud


@pytest.fixture
def owner(cloud):
    """A client that may do everything."""
    with Client(cloud, testing.TOKEN) as client:
        yield client


@pytest.fixture
def raw(cloud):
    """A client without a token or a base path, which follows no redirect."""
    with httpx.Client(base_url=cloud.origin, follow_redirects=False, verify=NO_TLS) as client:
        yield client
