"""The first run, right after a job was created, so that deferral and Datafold have a manifest on day one."""

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.jobs import first_run

from tests.components.cli.account import NIGHTLY
from tests.infra.engine.deployment import ANALYTICS, MARKETING

RUN = "/v2/accounts/{account_id}/jobs/{job_id}/run/"
LOOK = "/v2/accounts/{account_id}/runs/{run_id}/"

SELDOM = {"schedule": {"cron": "0 0 29 2 *"}}
"""So that the clock starts no run while these tests count them."""


def test_the_job_that_creates_artifacts_runs_once_after_its_creation(stack, account):
    projects = {
        "analytics": {**ANALYTICS, "first_run": True, "production_job": SELDOM},
        "marketing": {**MARKETING, "first_run": True, "production_job": SELDOM},
    }
    projects["marketing"]["artifacts_job"] = SELDOM
    stack.configure(projects=projects)

    stack.preview()
    assert stack.cloud.control.resources().get("run", []) == []
    up = stack.up()
    renamed = {**ANALYTICS, "production_job": SELDOM, "merge_job": {"name": "M"}}
    stack.configure(projects={**projects, "analytics": renamed})
    stack.up()

    jobs = stack.jobs()
    for name in ("10 M", "20 Datafold artifacts"):
        [run] = account.runs(jobs[name]["id"])
        project_id = jobs[name]["project_id"]
        page = f"{stack.cloud.origin}/deploy/1/projects/{project_id}/runs/{run['id']}"
        assert f"started: {page}" in up.one_line
        assert run["trigger"]["cause"] == "First run after the job was created by Pulumi"
    assert account.runs(jobs["10 Production"]["id"]) == []


def test_no_job_runs_unless_it_is_asked_for(stack):
    stack.configure(projects={"analytics": {**ANALYTICS, "production_job": SELDOM}})

    stack.up()

    assert stack.cloud.control.resources().get("run", []) == []


def test_a_single_job_can_be_asked_for_and_waited_for(stack, account, monkeypatch):
    monkeypatch.setattr(first_run, "POLL_SECONDS", 0.0)
    block = {"first_run": True, "first_run_wait_seconds": 60, **SELDOM}
    stack.configure(projects={"analytics": {**ANALYTICS, "production_job": block}})
    # dbt Cloud may not find a run that it has just started.
    stack.cloud.control.plan({"method": "GET", "path": LOOK, "status": 404, "times": 2})

    up = stack.up()

    assert stack.cloud.control.unmet() == 0
    jobs = stack.jobs()
    assert len(account.runs(jobs["10 Production"]["id"])) == 1
    assert account.runs(jobs["10 Merge"]["id"]) == []
    assert (
        "first run of 'Production' started, and is followed for 60 s at most: http" in up.one_line
    )
    assert "first run of 'Production' ended in success" in up.one_line


def test_a_job_that_was_adopted_is_not_run(stack, account):
    by_hand = account.job("Production", **NIGHTLY)
    block = {"adopt_job_id": by_hand, "first_run": True}
    stack.configure(projects={"analytics": {**ANALYTICS, "production_job": block}})

    stack.up()

    assert account.runs(by_hand) == []


def test_a_run_that_cannot_be_started_is_a_warning_and_the_job_stays(stack):
    stack.configure(projects={"analytics": {**ANALYTICS, "first_run": True}})
    stack.cloud.control.plan({"method": "POST", "path": RUN, "status": 403})

    up = stack.up()

    assert stack.cloud.control.unmet() == 0
    merge = stack.jobs()["10 Merge"]
    assert "first run of 'Merge' was not started, as far as is known" in up.one_line
    assert "IP allowlist" in up.one_line
    assert f"/deploy/1/projects/10/jobs/{merge['id']}" in up.one_line
    stack.assert_settled()


def test_a_job_that_has_run_already_is_not_run_again(stack, monkeypatch):
    # A merge, or a person, was faster.
    monkeypatch.setattr(DbtCloudApi, "runs", lambda *_arguments: [{"id": 7}])
    stack.configure(projects={"analytics": {**ANALYTICS, "first_run": True}})

    up = stack.up()

    assert "first run" not in up.one_line
    assert stack.cloud.control.resources().get("run", []) == []
