import pytest

from tests.components.cli.account import Account
from tests.infra.engine import deployment


@pytest.fixture
def stack(tmp_path, pulumi_home, cloud):
    """A stack of this repository's program, not yet configured."""
    return deployment.make(tmp_path / "project", pulumi_home, cloud)


@pytest.fixture
def account(cloud):
    """The account as people have filled it by hand, before there was a stack."""
    return Account(cloud)
