import httpx
import pytest

from localcloud.testing import NO_TLS


@pytest.fixture
def raw(cloud):
    """A client without a token or a base path, which follows no redirect."""
    with httpx.Client(base_url=cloud.origin, follow_redirects=False, verify=NO_TLS) as client:
        yield client
