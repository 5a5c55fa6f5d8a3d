import httpx
import pytest

from localcloud import process
from localcloud.testing import NO_TLS


@pytest.fixture
def raw(cloud):
    """A client without a token or a base path, which follows no redirect."""
    with httpx.Client(base_url=cloud.origin, follow_redirects=False, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def data(tmp_path):
    """A data directory, on which no server is left running."""
    yield tmp_path / "cloud"
    process.stop(tmp_path / "cloud")
