import pytest

from tests.infra.engine import deployment


@pytest.fixture
def stack(tmp_path, pulumi_home, cloud):
    """A stack of this repository's program, not yet configured."""
    return deployment.make(tmp_path / "project", pulumi_home, cloud)
