"""How the story fails."""

import pytest

from devstack.story.account import Account, StoryError
from tests.devstack.make import clone


def test_a_local_dbt_cloud_that_is_gone_is_reported_with_the_fix():
    origin = f"http://127.0.0.1:{clone.free_port()}"

    with Account(origin, "1", "a-token") as account, pytest.raises(StoryError) as message:
        account.now()

    assert f"the local dbt Cloud at {origin} does not answer" in str(message.value)
    assert "`make story` starts it again" in str(message.value)
