"""Environments by number, by name, and made by the stack."""

import pytest

from tests.infra.engine import deployment, programs
from tests.infra.engine.deployment import (
    ANALYTICS,
    ANALYTICS_CI,
    ANALYTICS_DEVELOPMENT,
    ANALYTICS_PRODUCTION,
    ANALYTICS_PROJECT,
    MARKETING,
    MARKETING_CI,
    MARKETING_PRODUCTION,
)

EXCHANGED = """
from pulumi_dbtcloud_datafold import DatafoldIntegration

DatafoldIntegration(
    "analytics",
    {
        "project_id": 10,
        "production_environment_id": 102,
        "pull_request_environment_id": 101,
        "merge_job": {},
    },
)
"""

PULL_REQUESTS_IN_PRODUCTION = """
import pulumi
from pulumi_dbtcloud_datafold import PullRequestJob, PullRequestJobArgs

production = pulumi.Output.from_input(101)
PullRequestJob(
    "ci", PullRequestJobArgs(project_id=10, environment_id=production, deferring_environment_id=101)
)
"""


def with_environments(production, pull_request, project=ANALYTICS, name="analytics"):
    environments = {"production": production, "pull_request": pull_request}
    return {name: {**project, "environments": environments}}


@pytest.mark.parametrize(
    ("production", "pull_request"),
    [({"name": "Production"}, {"name": "CI"}), ({"id": ANALYTICS_PRODUCTION}, {"name": "CI"})],
)
def test_environments_are_found_with_one_question(stack, production, pull_request):
    listing = {"method": "GET", "path": "/v3/accounts/1/environments*", "effect": "slow"}
    stack.cloud.control.plan({**listing, "seconds": 0.01, "times": 20})
    stack.configure(projects=with_environments(production, pull_request))

    stack.up()

    jobs = stack.jobs()
    assert jobs["10 Production"]["environment_id"] == ANALYTICS_PRODUCTION
    assert jobs["10 Pull requests"]["environment_id"] == ANALYTICS_CI
    [fault] = stack.cloud.control.faults()
    assert fault["met"] == 1
    stack.assert_settled()


def test_a_wrong_name_or_number_is_named_with_what_there_is(stack):
    second = {"name": "CI", "type": "deployment", "project_id": ANALYTICS_PROJECT, "account_id": 1}
    made = stack.cloud_post("/v3/accounts/1/projects/10/environments/", second).json()["data"]
    nowhere = {**ANALYTICS, "project_id": 4711}
    stack.configure(
        projects={
            **with_environments({"name": "Prodution"}, {"name": "Nightly"}, name="names"),
            **with_environments({"id": MARKETING_PRODUCTION}, {"id": 999}, name="numbers"),
            **with_environments({"id": ANALYTICS_PRODUCTION}, {"name": "CI"}, name="twice"),
            **with_environments({"name": "Development"}, {"id": ANALYTICS_DEVELOPMENT}, name="dev"),
            **with_environments({"id": 1}, {"id": 2}, nowhere, "nowhere"),
        }
    )

    refused = stack.preview(fails=True)

    for path, text in (
        ("names.environments.production.name", "did you mean 'Production'?"),
        ("names.environments.pull_request.name", "the project has no environment 'Nightly'"),
        ("numbers.environments.production.id", "the project has no environment 201"),
        ("numbers.environments.pull_request.id", "the project has no environment 999"),
        ("twice.environments.pull_request.name", f"environments 102, {made['id']} are all called"),
        ("twice.environments.pull_request.name", "write the number instead, e.g. id: 102"),
        ("dev.environments.production.name", "'Development' is a development environment"),
        ("dev.environments.pull_request.id", "'Development' is a development environment"),
        ("nowhere.project_id", "there is no project 4711 that the token sees"),
        ("nowhere.project_id", "compare it with the number after /projects/"),
        ("nowhere.project_id", "there are 10 (Analytics), 20 (Marketing)"),
    ):
        after = refused.one_line.partition(f"projects.{path} problem: ")[2]
        assert text in after.partition(" projects.")[0], path
    assert "deployment environments of project 10: 101 (Production), 102 (CI)" in refused.one_line
    assert "Traceback" not in refused.text


@pytest.mark.parametrize(
    ("name", "number", "problems"),
    [
        # Whatever the production jobs run in: it is the type that makes it production.
        (
            "Production",
            ANALYTICS_PRODUCTION,
            [
                "'Production' has the deployment type production",
                "pull requests would be built into production",
            ],
        ),
        # It has no type, and the production jobs run in it.
        ("CI", ANALYTICS_CI, ["'CI' is the production environment of this block too"]),
    ],
)
def test_production_is_refused_for_pull_requests_however_it_is_given(stack, name, number, problems):
    production = {"id": ANALYTICS_CI} if name == "Production" else {"name": "CI"}
    analytics = with_environments(production, {"id": number})
    marketing = with_environments({"id": MARKETING_CI}, {"name": name}, MARKETING, "marketing")
    stack.configure(projects=analytics | marketing)

    refused = stack.preview(fails=True)

    for path in (
        "analytics.environments.pull_request.id",
        "marketing.environments.pull_request.name",
    ):
        assert f"projects.{path}" in refused.text
    assert [refused.one_line.count(problem) for problem in problems] == [2] * len(problems)
    assert "Traceback" not in refused.text


def test_production_known_late_is_refused_for_pull_requests_without_a_traceback(
    tmp_path, pulumi_home, cloud
):
    source = programs.write(tmp_path / "source", PULL_REQUESTS_IN_PRODUCTION)
    program = deployment.make(tmp_path / "program", pulumi_home, cloud, source)

    refused = program.preview(fails=True)

    assert "PullRequestJob 'ci': 1 problem" in refused.text
    assert "environment 101 is the production environment this job defers to" in refused.one_line
    assert "give the job a deployment environment of its own" in refused.one_line
    assert "Traceback" not in refused.text


def test_a_program_that_exchanges_the_environments_is_refused(tmp_path, pulumi_home, cloud):
    source = programs.write(tmp_path / "source", EXCHANGED)
    program = deployment.make(tmp_path / "program", pulumi_home, cloud, source)

    refused = program.preview(fails=True)

    assert (
        "environment 101 'Production' has the deployment type production, so pull"
        in refused.one_line
    )


def test_the_stack_makes_environments_and_runs_its_jobs_in_them(stack):
    for made in (ANALYTICS_PRODUCTION, ANALYTICS_CI):
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
        if environment["project_id"] == ANALYTICS_PROJECT and environment["state"] == 1
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


@pytest.mark.parametrize(
    ("role", "create", "message"),
    [
        (
            "pull_request",
            {"name": "CI"},
            "environment 102 'CI' of project 10 has this name already",
        ),
        (
            "production",
            {"name": "Prod"},
            "environment 101 'Production' of project 10 has the deployment type production",
        ),
    ],
)
def test_an_environment_that_is_there_is_not_made_again(stack, role, create, message):
    before = stack.cloud.control.counts()["environment"]
    numbers = {"production": {"id": ANALYTICS_PRODUCTION}, "pull_request": {"id": ANALYTICS_CI}}
    stack.configure(projects=with_environments(**{**numbers, role: {"create": create}}))

    for refused in (stack.preview(fails=True), stack.up(fails=True)):
        assert message in refused.one_line
        assert f"in the stack file id: {numbers[role]['id']} in place of create" in refused.one_line
        assert "dbtcloud-datafold adopt" in refused.one_line
    assert stack.cloud.control.counts()["environment"] == before


def test_an_environment_of_the_stack_may_be_replaced(stack):
    stack.cloud_delete("/v3/accounts/1/projects/10/environments/102/")
    created = with_environments({"id": ANALYTICS_PRODUCTION}, {"create": {"name": "CI"}})
    stack.configure(projects=created)
    stack.up()
    [urn] = [
        resource["urn"]
        for resource in stack.state()
        if resource["type"] == "dbtcloud:index/environment:Environment"
    ]

    stack.preview("--replace", urn)


def test_a_wrong_environment_of_the_last_project_stops_all_before_anything_is_declared(stack):
    wrong = {
        **MARKETING,
        "environments": {"production": {"id": 999}, "pull_request": {"id": MARKETING_CI}},
    }
    stack.configure(projects={"analytics": ANALYTICS, "marketing": wrong})

    refused = stack.up(fails=True)

    assert "projects.marketing.environments.production.id" in refused.one_line
    assert stack.job_list() == []


def test_a_token_that_may_not_see_environments_is_reported(stack):
    stack.configure(projects={"analytics": ANALYTICS})
    fault = {"method": "GET", "path": "/v3/accounts/1/environments*"}
    stack.cloud.control.plan({**fault, "effect": "status", "status": 403, "times": 9})

    refused = stack.preview(fails=True)

    assert "/v3/accounts/1/environments/ was answered 403" in refused.one_line
    assert "Traceback" not in refused.text


def test_moved_pull_requests_show_no_change_of_what_they_defer_to(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})
    create = {"create": {"name": "Pull requests 2"}}
    environments = {**ANALYTICS["environments"], "pull_request": create}
    stack.configure(projects={"analytics": {**ANALYTICS, "environments": environments}})

    shown = stack.preview("--diff").text

    assert "environmentId" in shown
    assert "deferringEnvironmentId" not in shown
