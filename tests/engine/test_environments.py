"""Environments by number, by name, and made by the stack."""

from tests.engine import deployment, programs
from tests.engine.deployment import ANALYTICS

PULL_REQUESTS_IN_PRODUCTION = """
import pulumi
from pulumi_dbtcloud_datafold import PullRequestJob, PullRequestJobArgs

production = pulumi.Output.from_input(101)
PullRequestJob(
    "ci", PullRequestJobArgs(project_id=10, environment_id=production, deferring_environment_id=101)
)
"""


def with_environments(production, pull_request):
    environments = {"production": production, "pull_request": pull_request}
    return {"analytics": {**ANALYTICS, "environments": environments}}


def test_environments_are_found_by_name_with_one_question(stack):
    listing = {"method": "GET", "path": "/v3/accounts/*/environments*", "effect": "slow"}
    stack.cloud.control.plan({**listing, "seconds": 0.01, "times": 20})
    stack.configure(projects=with_environments({"name": "Production"}, {"name": "CI"}))

    stack.up()

    jobs = stack.jobs()
    assert jobs["10 Production"]["environment_id"] == 101
    assert jobs["10 Pull requests"]["environment_id"] == 102
    [fault] = stack.cloud.control.faults()
    assert fault["met"] == 1
    stack.assert_settled()


def test_a_name_that_no_environment_has_is_told_with_the_nearest(stack):
    stack.configure(projects=with_environments({"name": "Prodution"}, {"name": "Nightly"}))

    refused = stack.preview(fails=True)

    assert "projects.analytics.environments.production.name" in refused.text
    assert "did you mean 'Production'?" in refused.text
    assert "the project has no environment 'Nightly'" in refused.text
    assert "Traceback" not in refused.text


def test_production_by_name_is_refused_for_pull_requests(stack):
    stack.configure(projects=with_environments({"id": 101}, {"name": "Production"}))

    refused = stack.preview(fails=True)

    assert "pull requests would be built into production" in refused.said


def test_production_known_late_is_refused_for_pull_requests_without_a_traceback(
    tmp_path, pulumi_home, cloud
):
    source = programs.write(tmp_path / "source", PULL_REQUESTS_IN_PRODUCTION)
    program = deployment.make(tmp_path / "program", pulumi_home, cloud, source)

    refused = program.preview(fails=True)

    assert "PullRequestJob 'ci': 1 problem" in refused.text
    assert "environment 101 is the production environment this job defers to" in refused.said
    assert "give the job a deployment environment of its own" in refused.said
    assert "Traceback" not in refused.text


def test_the_stack_makes_environments_and_runs_its_jobs_in_them(stack):
    for made in (101, 102):
        stack.cloud_delete(f"/v3/accounts/1/projects/10/environments/{made}/")
    stack.configure(
        projects=with_environments(
            {"create": {"name": "Prod", "dbt_version": "latest", "custom_branch": "main"}},
            {"create": {"name": "Pull requests"}},
        )
    )

    stack.preview()
    stack.up()

    made = {
        environment["name"]: environment
        for environment in stack.cloud.control.resources()["environment"]
        if environment["project_id"] == 10 and environment["state"] == 1
    }
    assert made["Prod"]["deployment_type"] == "production"
    assert made["Prod"]["custom_branch"] == "main"
    assert not made["Pull requests"]["deployment_type"]
    jobs = stack.jobs()
    assert jobs["10 Merge"]["environment_id"] == made["Prod"]["id"]
    assert jobs["10 Pull requests"]["environment_id"] == made["Pull requests"]["id"]
    assert jobs["10 Pull requests"]["deferring_environment_id"] == made["Prod"]["id"]
    stack.assert_settled()
    stack.pulumi("destroy", "--yes")
