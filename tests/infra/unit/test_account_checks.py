"""The stack file against the account: every mistake in one report, with few requests."""

import httpx
import pytest
from pulumi_dbtcloud_datafold import ConfigurationError

from infra import account_checks
from localcloud.testing import TOKEN
from tests.infra.unit.conftest import ANALYTICS

MARKETING = {
    "project_id": 20,
    "environments": {"production": {"id": 201}, "pull_request": {"id": 202}},
    "artifacts_job": {},
}


@pytest.fixture
def check(load, cloud):
    """Load the blocks and check them against the local dbt Cloud."""

    def check_blocks(token=TOKEN, **blocks):
        connection = {
            "dbtcloud:accountId": "1",
            "dbtcloud:hostUrl": cloud.url,
            "dbtcloud:token": token,
        }
        return account_checks.check(load(blocks, connection))

    return check_blocks


@pytest.fixture
def problems(check):
    """What is wrong, by path: the problem and its fix."""

    def refused(**blocks):
        with pytest.raises(ConfigurationError) as refusal:
            check(**blocks)
        return {problem.path: (problem.problem, problem.fix) for problem in refusal.value.problems}

    return refused


@pytest.fixture
def requests(cloud):
    """The requests since the fixture was made."""
    cloud.control.plan({"path": "*", "effect": "slow", "seconds": 0, "times": 1000})
    return lambda: cloud.control.faults()[0]["met_by"]


def analytics(**changes):
    return {"analytics": {**ANALYTICS, **changes}}


@pytest.fixture
def api(cloud):
    """The account's API, for what a person does there."""
    headers = {"Authorization": f"Token {TOKEN}"}
    with httpx.Client(base_url=cloud.url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
def add_jobs(api):
    def add(count):
        """Create jobs by hand and return their numbers."""
        body = {"project_id": 10, "environment_id": 101, "execute_steps": ["dbt build"]}
        answers = [
            api.post("/v2/accounts/1/jobs/", json={**body, "name": f"By hand {number}"})
            for number in range(count)
        ]
        return [answer.json()["data"]["id"] for answer in answers]

    return add


@pytest.fixture
def create_variable(api):
    def create(name):
        """Create an environment variable of project 10."""
        path = "/v3/accounts/1/projects/10/environment-variables/bulk/"
        api.post(path, json={"env_var": {"new_name": name, "project": "eu"}}).raise_for_status()

    return create


def test_all_mistakes_that_only_the_account_knows_are_in_one_report(problems):
    completion = {"job_id": 4711, "project_id": 10, "statuses": ["success"]}
    environments = {"production": {"name": "Prodution"}, "pull_request": {"id": 103}}
    elsewhere = {"production": {"id": 301}, "pull_request": {"id": 302}}
    found = problems(
        projects={
            **analytics(
                environments=environments,
                production_job={
                    "job_completion_trigger_condition": completion,
                    "environment_variables": {"DBT_REGION": "eu"},
                },
                merge_job={"deferring_environment_id": 999, "adopt_job_id": 998},
            ),
            "marketing": {**MARKETING, "artifacts_job": {"deferring_job_id": 888}},
            "sales": {**ANALYTICS, "project_id": 30, "environments": elsewhere},
        },
        service_token={"project_ids": [10, 40], "adopt_token_id": 997},
        notifications={"emails": ["data-team@example.com"], "user_id": 7},
    )

    assert found.keys() == {
        "projects.sales.project_id",
        "projects.analytics.environments.production.name",
        "projects.analytics.environments.pull_request.id",
        "projects.analytics.production_job.job_completion_trigger_condition.job_id",
        "projects.analytics.production_job.environment_variables.DBT_REGION",
        "projects.analytics.merge_job.deferring_environment_id",
        "projects.analytics.merge_job.adopt_job_id",
        "projects.marketing.artifacts_job.deferring_job_id",
        "service_token.project_ids[1]",
        "service_token.adopt_token_id",
        "notifications.user_id",
    }


def test_conflicts_that_names_hide_are_in_the_same_report(problems):
    by_name = {"production": {"name": "Production"}, "pull_request": {"name": "CI"}}
    found = problems(
        projects={
            **analytics(production_job={"adopt_job_id": 998}),
            "again": {**ANALYTICS, "environments": by_name},
        }
    )

    assert found.keys() == {
        "projects.analytics.production_job.adopt_job_id",
        "projects.again.project_id",
    }


def test_a_user_or_a_token_that_nobody_has_is_reported_with_those_there_are(problems, api):
    [token] = api.get("/v3/accounts/1/service-tokens/").json()["data"]

    assert problems(
        projects=analytics(),
        service_token={"adopt_token_id": 997},
        notifications={"emails": ["data-team@example.com"], "user_id": 7},
    ) == {
        "notifications.user_id": (
            "the account has no user 7",
            "write the number of a user; there are 1 (owner@example.com)",
        ),
        "service_token.adopt_token_id": (
            "there is no service token 997",
            f"to have a new token created, remove the key; there are {token['id']} (local)",
        ),
    }


@pytest.mark.parametrize(
    ("there", "fix"),
    [
        ([], "create it in dbt Cloud, or write one that the project has: none"),
        (["DBT_MODE"], "create it in dbt Cloud, or write one that the project has: DBT_MODE"),
        (["DBT_REGIONS"], "did you mean 'DBT_REGIONS'?"),
    ],
)
def test_a_variable_that_the_project_does_not_have_is_refused(
    problems, create_variable, there, fix
):
    for name in there:
        create_variable(name)

    found = problems(
        projects=analytics(pull_request_job={"environment_variables": {"DBT_REGION": "eu"}})
    )

    assert found == {
        "projects.analytics.pull_request_job.environment_variables.DBT_REGION": (
            "project 10 has no environment variable DBT_REGION",
            fix,
        )
    }


def test_what_is_there_passes(check, api, add_jobs, create_variable):
    [token] = api.get("/v3/accounts/1/service-tokens/").json()["data"]
    create_variable("DBT_REGION")
    [by_hand] = add_jobs(1)

    checked = check(
        projects=analytics(
            environments={"production": {"name": "Production"}, "pull_request": {"id": 102}},
            production_job={
                "adopt_job_id": by_hand,
                "environment_variables": {"DBT_REGION": "eu"},
                "deferring_environment_id": 201,
            },
            merge_job={"deferring_job_id": by_hand},
        ),
        service_token={"project_ids": [10, 20], "adopt_token_id": token["id"]},
        notifications={"emails": ["data-team@example.com"], "user_id": 1},
    )

    assert checked.environment_ids == {"analytics": {"production": 101, "pull_request": 102}}
    assert [job["id"] for job in checked.listing.jobs] == [by_hand]


def test_the_account_is_read_with_four_requests_however_many_projects_there_are(check, requests):
    check(projects={**analytics(), "marketing": MARKETING}, service_token={"project_ids": [10]})

    assert sorted(requests()) == [
        "GET /v2/accounts/1/",
        "GET /v2/accounts/1/jobs/",
        "GET /v3/accounts/1/environments/",
        "GET /v3/accounts/1/projects/",
    ]


def test_each_further_hundred_jobs_cost_one_request(check, add_jobs, requests):
    numbers = add_jobs(201)
    before = len(requests())

    checked = check(projects=analytics())

    assert len(requests()) - before == 4 + 2
    assert sorted(job["id"] for job in checked.listing.jobs) == sorted(numbers)


def test_a_token_that_may_not_read_users_or_variables_leaves_them_to_dbt_cloud(check, cloud):
    for path in ("/v3/accounts/1/users", "/v3/accounts/1/projects/10/environment-variables/*"):
        cloud.control.plan({"path": path, "effect": "status", "status": 403})

    check(
        projects=analytics(merge_job={"environment_variables": {"DBT_REGION": "eu"}}),
        notifications={"emails": ["data-team@example.com"], "user_id": 7},
    )

    assert cloud.control.unmet() == 0
