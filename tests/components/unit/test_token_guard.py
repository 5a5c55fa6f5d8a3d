"""What is looked at before a service token is created."""

import pulumi
import pytest
import yaml
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.connection import Connection, Unknown
from pulumi_dbtcloud_datafold.engine.guard import GuardError
from pulumi_dbtcloud_datafold.service_tokens.token_guard import TokenGuard

from localcloud import testing
from tests.components.unit.engine import TOKEN, child, component, hook_call, in_a_run, urn_of
from tests.infra.engine.deployment import ROOT


def look(connection, *, state=False, is_member_by_default=True, follows=False):
    parent = component("MemberServiceToken", "datafold")
    token = child(parent, TOKEN, "token")
    urn = urn_of(token, parent)

    async def program():
        guard = TokenGuard(
            resource=token,
            parents=[parent],
            connection=connection() if callable(connection) else connection,
            is_member_by_default=is_member_by_default,
            next_step="enter it in Datafold",
            follows=follows,
        )
        await guard.before_create(hook_call(urn, new={"name": "Datafold"}))

    in_a_run(program, {urn: {"id": "3", "name": "Datafold"}} if state else {})


@pytest.fixture
def on_plan(tmp_path):
    """Return a function that returns how to reach an account on a plan."""
    seed = yaml.safe_load((ROOT / "localcloud" / "seeds" / "dev.yaml").read_text())
    clouds = []

    def start(plan):
        seed["accounts"][0]["plan"] = plan
        path = tmp_path / "seed.yaml"
        path.write_text(yaml.safe_dump(seed))
        clouds.append(testing.running(tmp_path / "cloud", path))
        url = AccessUrl(clouds[0].__enter__().origin)
        return lambda: Connection(1, url, pulumi.Output.secret(testing.TOKEN))

    yield start
    for cloud in clouds:
        cloud.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("plan", "instead"),
    [
        ("enterprise_2025", "set permission_set: developer"),
        ("starter_2025", "Datafold needs an account on a legacy Team or an Enterprise plan"),
    ],
)
def test_member_is_refused_where_the_plan_has_none(on_plan, plan, instead):
    with pytest.raises(GuardError) as refused:
        look(on_plan(plan))

    assert f"the account's plan is '{plan}'" in str(refused.value)
    assert instead in str(refused.value)


def test_member_is_made_where_the_plan_has_it(on_plan):
    look(on_plan("team_2022"))


def test_a_chosen_permission_set_is_left_to_dbt_cloud(on_plan):
    look(on_plan("enterprise_2025"), is_member_by_default=False)


def test_a_token_that_is_replaced_is_told_with_the_next_step(capsys):
    look(Unknown([]), state=True)

    warning = capsys.readouterr().err
    assert "'Datafold' (number 3) is replaced: its secret changes" in warning
    assert "Then enter it in Datafold." in warning


def test_a_token_that_is_gone_already_is_not_said_to_stop_working(on_plan, capsys):
    look(on_plan("team_2022"), state=True)

    warning = capsys.readouterr().err
    assert "(number 3) is gone from dbt Cloud and is made again, with another secret" in warning
    assert "stops working" not in warning


def test_a_rotation_begins_with_the_next_steps(capsys):
    look(Unknown([]), follows=True)

    text = " ".join(capsys.readouterr())
    assert "the one before it keeps working. After this update enter it in Datafold." in text
    assert "Then remove keep_previous" in text


def test_a_new_token_changes_no_secret(capsys):
    look(Unknown([]))

    assert capsys.readouterr().err == ""
