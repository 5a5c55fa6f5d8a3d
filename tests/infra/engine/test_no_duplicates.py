"""A job is never made twice."""

import pytest

from tests.infra.engine import deployment, programs
from tests.infra.engine.deployment import (
    ANALYTICS,
    ANALYTICS_CI,
    ANALYTICS_DEVELOPMENT,
    ANALYTICS_PRODUCTION,
    ANALYTICS_PROJECT,
    MARKETING,
)

TWICE = """
from pulumi_dbtcloud_datafold import ProductionJob

for name in ("one", "two"):
    ProductionJob(name, {"project_id": 10, "environment_id": 101})
"""

HAND_MADE = {
    "id": None,
    "account_id": 1,
    "project_id": ANALYTICS_PROJECT,
    "environment_id": ANALYTICS_PRODUCTION,
    "name": "Production",
    "execute_steps": ["dbt build"],
    "triggers": {
        "github_webhook": False,
        "git_provider_webhook": False,
        "schedule": True,
        "on_merge": False,
    },
}


def test_a_job_of_the_same_name_is_refused_before_the_call_with_its_number(stack):
    number = stack.cloud_post("/v2/accounts/1/jobs/", HAND_MADE).json()["data"]["id"]
    stack.configure(projects={"analytics": ANALYTICS})

    for refused in (stack.preview(fails=True), stack.up(fails=True)):
        assert f"job {number} is called 'Production' in environment 101 already" in refused.one_line
        assert "dbtcloud-datafold adopt" in refused.one_line
    named = [job for job in stack.jobs().values() if job["name"] == "Production"]
    assert [job["id"] for job in named] == [number]


def test_the_same_name_in_another_environment_is_no_duplicate(stack):
    stack.cloud_post("/v2/accounts/1/jobs/", {**HAND_MADE, "environment_id": ANALYTICS_DEVELOPMENT})
    stack.configure(projects={"analytics": ANALYTICS})

    stack.up()


@pytest.mark.parametrize("command", ["preview", "up"])
def test_the_jobs_of_the_account_are_listed_once(stack, command):
    stack.configure(projects={"analytics": ANALYTICS})
    listing = {"method": "GET", "path": "/v2/accounts/*/jobs*", "effect": "slow", "seconds": 0.01}
    stack.cloud.control.plan({**listing, "times": 50})

    stack.preview() if command == "preview" else stack.up()

    [fault] = stack.cloud.control.faults()
    assert fault["met"] == 1, "the guards use what the check of the account has read"


def test_a_create_whose_answers_were_lost_is_not_repeated_silently_by_the_next_up(stack):
    stack.configure(projects={"analytics": ANALYTICS})
    stack.pulumi("config", "set", "dbtcloud:retryIntervalSeconds", "1")
    create = {"method": "POST", "path": "/v2/accounts/1/jobs/"}
    stack.cloud.control.plan({**create, "effect": "lost_answer", "status": 500, "times": 9})
    stack.up(fails=True)
    stored = len(stack.job_list())
    stack.cloud.control.clear_faults()

    refused = stack.up(fails=True)

    assert "after its answer was lost" in refused.one_line
    assert len(stack.job_list()) == stored


def test_a_create_that_the_provider_repeated_is_reported_with_the_job_left_over(stack):
    stack.configure(projects={"analytics": ANALYTICS})
    stack.pulumi("config", "set", "dbtcloud:retryIntervalSeconds", "1")
    create = {"method": "POST", "path": "/v2/accounts/1/jobs/"}
    stack.cloud.control.plan({**create, "effect": "lost_answer", "status": 500})

    reported = stack.up(fails=True)

    assert "has stored" in reported.one_line
    assert "is left over from an attempt whose answer was lost" in reported.one_line


def test_what_cannot_be_in_two_blocks_is_refused_though_one_names_its_environment_otherwise(stack):
    by_name = {"production": {"name": "Production"}, "pull_request": {"id": ANALYTICS_CI}}
    hourly = {"merge_job": {"enabled": False}, "artifacts_job": {}}
    again = {**ANALYTICS, **hourly, "environments": by_name, "pull_request_job": {"name": "CI 2"}}
    stack.configure(projects={"analytics": ANALYTICS, "sales": again})

    refused = stack.preview(fails=True)

    same_name = "projects.analytics has a job of the same name in the same environment"
    assert f"projects.sales.production_job problem: {same_name}" in refused.one_line
    assert "has a merge_job for the same production environment" in refused.one_line


def test_two_jobs_of_one_name_in_one_program_are_refused(tmp_path, pulumi_home, cloud):
    source = programs.write(tmp_path / "source", TWICE)
    stack = deployment.make(tmp_path / "program", pulumi_home, cloud, source)

    for refused in (stack.preview(fails=True), stack.up(fails=True)):
        assert (
            "this program makes two jobs called 'Production' in environment 101" in refused.one_line
        )
    assert len(stack.job_list()) <= 1


def test_a_job_is_not_renamed_to_what_a_job_outside_the_stack_is_called(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})
    number = stack.cloud_post("/v2/accounts/1/jobs/", {**HAND_MADE, "name": "Nightly"}).json()
    stack.configure(projects={"analytics": {**ANALYTICS, "production_job": {"name": "Nightly"}}})

    for refused in (stack.preview(fails=True), stack.up(fails=True)):
        message = f"job {number['data']['id']} is called 'Nightly' in environment 101 already"
        assert message in refused.one_line
        assert "does not belong to this stack" in refused.one_line
    assert [job["name"] for job in stack.job_list()].count("Nightly") == 1


def test_two_jobs_of_a_stack_may_exchange_their_names(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})
    before = {name: job["id"] for name, job in stack.jobs().items()}
    names = {"production_job": {"name": "Merge"}, "merge_job": {"name": "Production"}}

    stack.configure(projects={"analytics": {**ANALYTICS, **names}})
    stack.up()

    assert stack.jobs()["10 Merge"]["id"] == before["10 Production"]
    assert stack.jobs()["10 Production"]["id"] == before["10 Merge"]


@pytest.mark.parametrize("command", ["preview", "up"])
def test_one_thing_at_a_time_is_enough_however_many_jobs_there_are(stack, command):
    stack.configure(projects={"analytics": ANALYTICS, "marketing": MARKETING}, service_token=None)

    getattr(stack, command)("--parallel", "1")

    assert len(stack.job_list()) == (6 if command == "up" else 0)
