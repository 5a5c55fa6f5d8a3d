"""The token through the real engine: what a change costs, rotation, plans."""

import pytest
import yaml

from localcloud import testing
from tests.engine import deployment
from tests.engine.deployment import ANALYTICS, ROOT

PROJECTS = {"analytics": ANALYTICS}


def secret_of(stack, output="service_token_string"):
    return stack.outputs("--show-secrets").get(output)


def sees_projects(stack, token):
    return stack.cloud_get("/v3/accounts/1/projects/10/", token).status_code == 200


def test_a_changed_project_list_says_in_preview_that_the_secret_changes_and_who_must_know(stack):
    stack.configure(projects=PROJECTS, service_token={"project_ids": [10]})
    stack.up()
    old = secret_of(stack)

    stack.configure(projects=PROJECTS, service_token={"project_ids": [10, 20]})
    preview = stack.preview()
    stack.up()

    assert "its secret changes" in preview.said
    assert "in Datafold, Settings > Integrations > CI > dbt Cloud" in preview.said
    assert secret_of(stack) != old
    assert not sees_projects(stack, old)
    assert [token["name"] for token in stack.tokens()] == ["Datafold"]


def test_a_rotation_keeps_the_old_secret_working_until_it_is_dropped(stack):
    stack.configure(projects=PROJECTS, service_token={"project_ids": [10]})
    stack.up()
    old = secret_of(stack)

    # Together with a change of the projects, which would otherwise replace the token.
    rotated = {"project_ids": [10, 20], "generation": 2}
    stack.configure(projects=PROJECTS, service_token={**rotated, "keep_previous": True})
    preview = stack.preview()
    stack.up()
    stack.assert_settled()

    assert "its secret changes" not in preview.said
    new = secret_of(stack)
    assert new != old
    assert secret_of(stack, "previous_service_token_string") == old
    assert sees_projects(stack, old)
    assert sees_projects(stack, new)

    stack.configure(projects=PROJECTS, service_token=rotated)
    stack.up()
    stack.assert_settled()

    assert secret_of(stack) == new
    assert sees_projects(stack, new)
    assert not sees_projects(stack, old)


@pytest.fixture
def stack_on_plan(tmp_path, pulumi_home):
    """Make a stack on an account with another plan."""
    clouds = []

    def make(plan):
        seed = yaml.safe_load((ROOT / "localcloud" / "seeds" / "dev.yaml").read_text())
        seed["accounts"][0]["plan"] = plan
        path = tmp_path / "seed.yaml"
        path.write_text(yaml.safe_dump(seed))
        running = testing.running(tmp_path / "other-cloud", path)
        clouds.append(running)
        return deployment.make(tmp_path / "other", pulumi_home, running.__enter__())

    yield make
    for running in clouds:
        running.__exit__(None, None, None)


def test_a_plan_without_member_is_refused_with_what_to_use_instead(stack_on_plan):
    stack = stack_on_plan("enterprise_2025")
    stack.configure(projects=PROJECTS)

    refused = stack.preview(fails=True)

    assert "the account's plan is 'enterprise_2025'" in refused.said
    assert "set permission_set: developer" in refused.said


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
