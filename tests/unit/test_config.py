"""The stack file: what it may say, and how mistakes are reported."""

import json

import pulumi
import pytest
from pulumi_dbtcloud_datafold import ConfigurationError

from infra import config

ANALYTICS = {
    "project_id": 10,
    "environments": {"production": {"id": 101}, "pull_request": {"id": 102}},
    "merge_job": {},
}
CONNECTION = {"dbtcloud:accountId": "1", "dbtcloud:token": "a-made-up-token"}


@pytest.fixture
def load(monkeypatch):
    """Load a configuration given as the blocks under our namespace and the keys under dbtcloud."""
    for name in ("DBT_CLOUD_ACCOUNT_ID", "DBT_CLOUD_HOST_URL", "DBT_CLOUD_TOKEN", "PULUMI_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def load_blocks(blocks, connection=CONNECTION):
        written = {f"dbtcloud-datafold:{key}": json.dumps(block) for key, block in blocks.items()}
        pulumi.runtime.set_all_config({**connection, **written}, ["dbtcloud:token"])
        return config.load("Pulumi.dev.yaml")

    yield load_blocks
    pulumi.runtime.set_all_config({}, [])


def project(**changes):
    return {"projects": {"analytics": {**ANALYTICS, **changes}}}


def problems_of(load, *arguments):
    with pytest.raises(ConfigurationError) as refused:
        load(*arguments)
    return {problem.path: (problem.problem, problem.fix) for problem in refused.value.problems}


def test_the_smallest_configuration_is_one_project(load):
    loaded = load(project())

    assert loaded.stack.projects["analytics"].environments.production.id == 101
    assert loaded.stack.service_token.name == "Datafold"
    assert loaded.connection.account_id == 1
    assert loaded.connection.access_url.origin == "https://cloud.getdbt.com"


@pytest.mark.parametrize(
    ("written", "origin", "api"),
    [
        ("ab123.us1.dbt.com", "https://ab123.us1.dbt.com", "https://ab123.us1.dbt.com/api"),
        (
            "https://ab123.us1.dbt.com/",
            "https://ab123.us1.dbt.com",
            "https://ab123.us1.dbt.com/api",
        ),
        (
            "https://ab123.us1.dbt.com/api",
            "https://ab123.us1.dbt.com",
            "https://ab123.us1.dbt.com/api",
        ),
        (
            "https://emea.dbt.com/deploy/1/projects/2/jobs/3",
            "https://emea.dbt.com",
            "https://emea.dbt.com/api",
        ),
        ("http://127.0.0.1:8765/api/", "http://127.0.0.1:8765", "http://127.0.0.1:8765/api"),
        ("http://[::1]:8765", "http://[::1]:8765", "http://[::1]:8765/api"),
    ],
)
def test_the_host_may_be_written_in_any_usual_form(load, written, origin, api):
    access_url = load(project(), {**CONNECTION, "dbtcloud:hostUrl": written}).connection.access_url

    assert (access_url.origin, access_url.api) == (origin, api)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("http://ab123.us1.dbt.com", "http would send the token unencrypted"),
        ("ftp://ab123.us1.dbt.com", "this is not the address of a dbt Cloud account"),
        (
            "https://me:secret@ab123.us1.dbt.com",
            "an address must not carry a user name or password",
        ),
        ("https://ab123.us1.dbt.com:port", "the port of this address is not a number"),
    ],
)
def test_a_host_that_cannot_be_right_is_refused_without_echo(load, written, problem):
    problems = problems_of(load, project(), {**CONNECTION, "dbtcloud:hostUrl": written})

    assert problems["dbtcloud:hostUrl"][0] == problem
    assert "secret" not in str(problems)


def test_the_connection_may_come_from_the_environment(load, monkeypatch):
    monkeypatch.setenv("DBT_CLOUD_ACCOUNT_ID", "7")
    monkeypatch.setenv("DBT_CLOUD_HOST_URL", "http://localhost:9000/api")
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "a-made-up-token")

    connection = load(project(), {}).connection

    assert connection.account_id == 7
    assert connection.access_url.origin == "http://localhost:9000"


def test_a_missing_connection_is_reported_together_with_everything_else(load):
    problems = problems_of(load, project(project_id=0), {})

    assert problems.keys() == {
        "dbtcloud:accountId",
        "dbtcloud:token",
        "projects.analytics.project_id",
    }


@pytest.mark.parametrize("written", ["0", "00", "-1", "0.5", "soon"])
def test_a_retry_quicker_than_the_guards_can_notice_is_refused(load, written):
    problems = problems_of(
        load, project(project_id=0), {**CONNECTION, "dbtcloud:retryIntervalSeconds": written}
    )

    assert problems.keys() == {"dbtcloud:retryIntervalSeconds", "projects.analytics.project_id"}
    assert problems["dbtcloud:retryIntervalSeconds"][0] == (
        "this is not a whole number of seconds, at least 1"
    )


def test_a_retry_interval_of_a_second_reaches_the_provider(load):
    loaded = load(project(), {**CONNECTION, "dbtcloud:retryIntervalSeconds": "1"})

    assert loaded.provider_options == {"retry_interval_seconds": 1}


def test_the_report_names_the_file_the_path_the_problem_and_the_way_out(load):
    with pytest.raises(ConfigurationError) as refused:
        load(
            project(
                production_job={"schedule": {"cron": "0 6 * *"}, "execute_steps": ["dbt biuld"]}
            )
        )

    assert str(refused.value) == (
        "Pulumi.dev.yaml: 2 problems\n"
        "  projects.analytics.production_job.execute_steps[0]\n"
        "    problem: dbt has no command 'biuld'\n"
        "    fix:     did you mean 'dbt build'?\n"
        "  projects.analytics.production_job.schedule.cron\n"
        "    problem: a cron expression has 5 fields, this one has 4\n"
        "    fix:     write minute hour day month weekday, e.g. '0 6 * * 1-5' (06:00 UTC on weekdays)"
    )


@pytest.mark.parametrize(
    ("blocks", "path", "problem", "fix"),
    [
        (
            {**project(), "service_tokn": {}},
            "dbtcloud-datafold:service_tokn",
            "this key is not known",
            "did you mean 'service_token'?",
        ),
        (
            project(enviroments={}),
            "projects.analytics.enviroments",
            "this key is not known",
            "did you mean 'environments'?",
        ),
        (
            project(production_job={"schedule": {"hour": [2]}}),
            "projects.analytics.production_job.schedule.hour",
            "this key is not known",
            "did you mean 'hours'?",
        ),
        (
            project(merge_job={"enabled": False}),
            "projects.analytics",
            "neither merge_job nor artifacts_job is there, so no job keeps the artifacts fresh",
            "add merge_job: {} (recommended), or artifacts_job: {} for an hourly dbt compile",
        ),
        (
            project(artifacts_job={}),
            "projects.analytics",
            "merge_job and artifacts_job are both there, but Datafold reads one job's artifacts",
            "remove artifacts_job: the merge job creates the artifacts",
        ),
        (
            project(environments={"production": {"id": 101}, "pull_request": {"id": 101}}),
            "projects.analytics.environments",
            "pull requests would be built into production: both are the same environment",
            "give pull_request a deployment environment of its own, without deployment type production",
        ),
        (
            project(project_id="10"),
            "projects.analytics.project_id",
            "Input should be a valid integer",
            "write a whole number without quotes",
        ),
        (
            {"projects": {}},
            "projects",
            "Dictionary should have at least 1 item after validation, not 0",
            "add at least one item",
        ),
        ({}, "projects", "Field required", "add this key"),
    ],
)
def test_a_mistake_is_named_with_its_cure(load, blocks, path, problem, fix):
    assert problems_of(load, blocks) == {path: (problem, fix)}


def test_a_switched_off_merge_job_gives_way_to_the_artifacts_job(load):
    loaded = load(project(merge_job={"enabled": False}, artifacts_job={}))

    analytics = loaded.stack.projects["analytics"]
    assert analytics.merge_job is None
    assert analytics.artifacts_job is not None


def test_no_token_is_made_when_it_is_null(load):
    assert load({**project(), "service_token": None}).stack.service_token is None


def test_values_are_never_echoed(load):
    problems = problems_of(load, project(project_id="a-made-up-secret", name="another-secret"))

    assert "secret" not in str(problems)
