"""What is said before a service token is created; the rest is in `tests/infra/engine/test_service_token.py`."""

import pulumi
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.connection import Connection, Unknown
from pulumi_dbtcloud_datafold.service_tokens.token_guard import TokenGuard

from localcloud import testing
from tests.components.unit.engine import TOKEN, child, component, hook_call, in_a_run, urn_of


def look(address, state):
    parent = component("MemberServiceToken", "datafold")
    token = child(parent, TOKEN, "token")
    urn = urn_of(token, parent)

    async def program():
        secret = pulumi.Output.secret(testing.TOKEN)
        guard = TokenGuard(
            resource=token,
            parents=[parent],
            connection=Connection(1, AccessUrl(address), secret) if address else Unknown([]),
            is_member_by_default=True,
            next_step="enter it in Datafold",
            follows=False,
        )
        await guard.before_create(hook_call(urn, new={"name": "Datafold"}))

    in_a_run(program, {urn: {"id": "3", "name": "Datafold"}} if state else {})


def test_a_token_that_is_gone_already_is_not_reported_to_stop_working(cloud, capsys):
    look(cloud.origin, state=True)

    warning = capsys.readouterr().err
    assert "(number 3) is gone from dbt Cloud and is made again, with another secret" in warning
    assert "stops working" not in warning


def test_a_new_token_changes_no_secret(capsys):
    look(None, state=False)

    assert capsys.readouterr().err == ""
