"""The token through the real engine: what a change costs, rotation, plans."""

from contextlib import ExitStack

import pytest
import yaml

from localcloud import testing
from localcloud.seeds.seed_file import DEV_SEED
from tests.infra.engine import deployment
from tests.infra.engine.deployment import ANALYTICS, ANALYTICS_PROJECT, MARKETING_PROJECT

PROJECTS = {"analytics": ANALYTICS}


def secret_of(stack, output="service_token_string"):
    return stack.outputs("--show-secrets").get(output)


def sees_projects(stack, token):
    return stack.cloud_get("/v3/accounts/1/projects/10/", token).status_code == 200


def test_a_changed_project_list_says_in_preview_that_the_secret_changes_and_who_must_know(bring_up):
    stack = bring_up(projects=PROJECTS, service_token={"project_ids": [ANALYTICS_PROJECT]})
    old = secret_of(stack)

    stack.configure(
        projects=PROJECTS, service_token={"project_ids": [ANALYTICS_PROJECT, MARKETING_PROJECT]}
    )
    preview = stack.preview()
    stack.up()

    assert "its secret changes" in preview.one_line
    assert "in Datafold, Settings > Integrations > CI > dbt Cloud" in preview.one_line
    assert secret_of(stack) != old
    assert not sees_projects(stack, old)
    assert [token["name"] for token in stack.tokens()] == ["Datafold"]


def test_a_rotation_keeps_the_old_secret_working_until_it_is_dropped(bring_up):
    stack = bring_up(projects=PROJECTS, service_token={"project_ids": [ANALYTICS_PROJECT]})
    old = secret_of(stack)

    # Together with a change of the projects, which would otherwise replace the token.
    rotated = {"project_ids": [ANALYTICS_PROJECT, MARKETING_PROJECT], "generation": 2}
    stack.configure(projects=PROJECTS, service_token={**rotated, "keep_previous": True})
    preview = stack.preview()
    stack.up()
    stack.assert_settled()

    assert "its secret changes" not in preview.one_line
    assert "'Datafold 2' is made, and the one before it keeps working. After" in preview.one_line
    assert "Then remove keep_previous, which deletes the old one" in preview.one_line
    new = secret_of(stack)
    assert new != old
    assert secret_of(stack, "previous_service_token_string") == old
    assert sees_projects(stack, old)
    assert sees_projects(stack, new)

    stack.configure(projects=PROJECTS, service_token=rotated)
    dropped = stack.up()
    stack.assert_settled()

    assert "what still uses its secret is locked out" in dropped.one_line
    assert "To change over without an interruption" not in dropped.one_line
    assert secret_of(stack) == new
    assert sees_projects(stack, new)
    assert not sees_projects(stack, old)


@pytest.fixture
def stack_on_plan(tmp_path, pulumi_home):
    """Make a stack on an account with another plan."""
    seed = yaml.safe_load(DEV_SEED.read_text())
    path = tmp_path / "seed.yaml"
    with ExitStack() as running:

        def make(plan):
            seed["accounts"][0]["plan"] = plan
            path.write_text(yaml.safe_dump(seed))
            cloud = running.enter_context(testing.running(tmp_path / "other-cloud", path))
            return deployment.make(tmp_path / "other", pulumi_home, cloud)

        yield make


@pytest.mark.parametrize(
    ("plan", "instead"),
    [
        ("enterprise_2025", "set permission_set: developer"),
        ("starter_2025", "Datafold needs an account on a legacy Team or an Enterprise plan"),
    ],
)
def test_a_plan_without_member_is_refused_with_what_to_use_instead(stack_on_plan, plan, instead):
    stack = stack_on_plan(plan)
    stack.configure(projects=PROJECTS)

    refused = stack.preview(fails=True)

    assert f"the account's plan is '{plan}'" in refused.one_line
    assert instead in refused.one_line


def test_the_permission_set_can_be_chosen_for_the_plan(stack_on_plan):
    stack = stack_on_plan("enterprise_2025")
    stack.configure(projects=PROJECTS, service_token={"permission_set": "developer"})

    stack.up()

    assert [token["name"] for token in stack.tokens()] == ["Datafold"]
    stack.assert_settled()


def test_no_token_is_made_when_the_block_is_null(stack):
    stack.configure(projects=PROJECTS, service_token=None)

    stack.up()

    assert stack.tokens() == []
    assert "service_token" not in stack.outputs()
    stack.assert_settled()


def test_a_protected_token_is_rotated_from_start_to_end(bring_up):
    stack = bring_up(projects=PROJECTS, protect=True)
    old = secret_of(stack)

    kept = {"generation": 2, "keep_previous": True}
    stack.configure(projects=PROJECTS, service_token=kept, protect=True)
    stack.up()
    stack.assert_settled()
    stack.configure(projects=PROJECTS, service_token={"generation": 2}, protect=True)
    stack.up()
    stack.assert_settled()

    assert [token["name"] for token in stack.tokens()] == ["Datafold 2"]
    assert not sees_projects(stack, old)
    [token] = [resource for resource in stack.state() if resource["type"].endswith(":ServiceToken")]
    assert token["protect"] is True

    # Twice in a row, which leaves out the end of the first.
    for generation in (3, 4):
        kept = {"generation": generation, "keep_previous": True}
        stack.configure(projects=PROJECTS, service_token=kept, protect=True)
        stack.up()
    assert sorted(token["name"] for token in stack.tokens()) == ["Datafold 3", "Datafold 4"]


def test_a_protected_token_is_not_given_up_by_a_new_generation(bring_up):
    stack = bring_up(projects=PROJECTS, protect=True)
    old = secret_of(stack)

    stack.configure(projects=PROJECTS, service_token={"generation": 2}, protect=True)
    preview = stack.preview(fails=True)
    stack.up(fails=True)

    assert "'Datafold' (number" in preview.one_line
    assert "set keep_previous: true beside a generation that is one higher" in preview.one_line
    assert sees_projects(stack, old)


def test_a_new_generation_alone_says_in_preview_that_the_old_secret_ends(bring_up):
    stack = bring_up(projects=PROJECTS)

    stack.configure(projects=PROJECTS, service_token={"generation": 2})
    preview = stack.preview()
    stack.up()

    assert "'Datafold' (number" in preview.one_line
    assert "it stops working at the end of this update" in preview.one_line
    assert [token["name"] for token in stack.tokens()] == ["Datafold 2"]


def test_an_adopted_token_can_be_rotated_though_a_number_to_adopt_is_written(stack):
    permissions = [{"permission_set": "member", "all_projects": True}]
    made = stack.cloud_post(
        "/v3/accounts/1/service-tokens/",
        {"name": "Datafold 2", "permission_grants": permissions, "state": 1},
    ).json()["data"]
    kept = {"generation": 2, "keep_previous": True, "adopt_token_id": made["id"]}

    stack.configure(projects=PROJECTS, service_token=kept)
    stack.up()

    assert sorted(token["name"] for token in stack.tokens()) == ["Datafold", "Datafold 2"]
    stack.assert_settled()
