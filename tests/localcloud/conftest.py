import pytest

from localcloud import testing
from localcloud.cancellation import CancellationToken
from localcloud.runs.dbt_installation import ensure


@pytest.fixture(scope="session")
def dbt_installation():
    """Real dbt, as the local dbt Cloud installs it."""
    return ensure(print, CancellationToken())


@pytest.fixture
def cloud(tmp_path):
    """A local dbt Cloud with the development seed."""
    with testing.running(tmp_path / "cloud") as running:
        yield running
