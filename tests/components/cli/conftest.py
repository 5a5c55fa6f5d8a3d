import pytest

from tests.components.cli.account import Account


@pytest.fixture
def account(cloud):
    """The account as people have filled it by hand, before there was a stack."""
    return Account(cloud)
