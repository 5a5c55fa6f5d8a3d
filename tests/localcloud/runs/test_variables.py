"""The environment variables that a run's commands see, and what logs show of them."""

import pytest

from tests.localcloud.contract.client import PROJECT
from tests.localcloud.contract.test_environment_variables import PATH as VARIABLES
from tests.localcloud.contract.test_environment_variables import override
from tests.localcloud.runs.operator import FIRST_COMMAND, log

SECRET = "hunter2-and-more"
KEY = "-----BEGIN KEY-----\nc2VjcmV0\n-----END KEY-----\n"


def test_the_job_wins_over_the_environment_and_that_over_the_project(operator, repository):
    values = {"project": "project", "Production": "environment", "CI": "ci"}
    operator.set_variable("DBT_A", project="project")
    operator.set_variable("DBT_B", **values)
    operator.set_variable("DBT_C", **values)
    job = operator.deploy_job("dbt run")
    operator.post(VARIABLES, override(job, "job", "DBT_C"))

    run = operator.succeeded(operator.run(job["id"]))

    seen = operator.seen(run)["environment"]
    assert (seen["DBT_A"], seen["DBT_B"], seen["DBT_C"]) == ("project", "environment", "job")


def test_another_jobs_and_another_environments_values_are_not_seen(operator, repository):
    operator.set_variable("DBT_A", CI="ci")
    operator.set_variable("DBT_B", project="project")
    operator.post(VARIABLES, override(operator.deploy_job("dbt run"), "another job", "DBT_B"))

    seen = operator.seen(operator.do("dbt run"))["environment"]

    assert "DBT_A" not in seen
    assert seen["DBT_B"] == "project"


@pytest.mark.parametrize("level", ["project", "job"])
def test_a_secret_reaches_dbt_and_no_log(operator, repository, data, level):
    operator.set_variable("DBT_ENV_SECRET_X", project=SECRET if level == "project" else "other")
    job = operator.deploy_job("dbt run --say DBT_ENV_SECRET_X")
    if level == "job":
        operator.post(VARIABLES, override(job, SECRET, "DBT_ENV_SECRET_X"))

    run = operator.succeeded(operator.run(job["id"]))

    step = run["run_steps"][FIRST_COMMAND - 1]
    assert operator.seen(run)["environment"]["DBT_ENV_SECRET_X"] == SECRET
    assert step["logs"].endswith("\nDBT_ENV_SECRET_X=*****\n")
    assert step["debug_logs"] == "debug DBT_ENV_SECRET_X=*****\n"


def test_a_secret_of_several_lines_is_masked_line_by_line_and_brackets_are_not(
    operator, repository
):
    operator.set_variable("DBT_ENV_SECRET_KEY", project=KEY)
    operator.set_variable("DBT_ENV_SECRET_JSON", project='{\n  "key": "c2VjcmV0"\n}')
    operator.set_variable("DBT_BRACKETS", project="{ok}")

    say = "--say DBT_ENV_SECRET_KEY --say DBT_ENV_SECRET_JSON --say DBT_BRACKETS"
    run = operator.do(f"dbt run {say}")

    assert "c2VjcmV0" not in log(run) + run["run_steps"][-1]["debug_logs"]
    assert "{ok}" in log(run)
    assert log(run).partition("DBT_ENV_SECRET_JSON=")[0].count("*****") == 3


def test_a_run_knows_what_it_is(operator, repository):
    job = operator.deploy_job("dbt run")

    run = operator.succeeded(operator.run(job["id"], cause="by hand"))

    seen = operator.seen(run)["environment"]
    cloud_variables = {
        name.removeprefix("DBT_CLOUD_"): seen[name] for name in seen if "DBT_CLOUD" in name
    }
    assert {
        name: value for name, value in cloud_variables.items() if not name.startswith("DBT_ENV")
    } == {
        "ACCOUNT_ID": "1",
        "PROJECT_ID": str(PROJECT),
        "JOB_ID": str(job["id"]),
        "RUN_ID": str(run["id"]),
        "RUN_REASON": "by hand",
        "RUN_REASON_CATEGORY": "other",
        "ENVIRONMENT_ID": "101",
        "ENVIRONMENT_NAME": "Production",
        "ENVIRONMENT_TYPE": "production",
        "INVOCATION_CONTEXT": "prod",
        "PR_ID": "",
        "GIT_SHA": repository.first,
        "GIT_BRANCH": "main",
    }
    # With this prefix dbt writes them into its artifacts, from where other programs read them.
    assert seen["DBT_ENV_CUSTOM_ENV_DBT_CLOUD_RUN_ID"] == str(run["id"])


def test_a_ci_run_knows_its_pull_request(operator, repository):
    repository.commit("feature.sql", branch="feature")
    job = operator.ci_job("dbt run")
    operator.event("opened", number=7, branch="feature")

    run = operator.succeeded(operator.some_run_of(job))

    seen = operator.seen(run)["environment"]
    assert seen["DBT_CLOUD_PR_ID"] == "7"
    assert seen["DBT_CLOUD_GIT_BRANCH"] == "feature"
    assert seen["DBT_CLOUD_INVOCATION_CONTEXT"] == "ci"
    assert seen["DBT_CLOUD_RUN_REASON_CATEGORY"] == "github_pull_request"


def test_the_servers_own_environment_is_not_handed_on(operator, repository, monkeypatch):
    monkeypatch.setenv("DBT_TARGET", "somewhere")
    monkeypatch.setenv("MY_TOKEN", "private")

    seen = operator.seen(operator.do("dbt run"))["environment"]

    assert "PATH" in seen
    assert not {"DBT_TARGET", "MY_TOKEN"} & seen.keys()


def test_a_variable_cannot_take_the_place_of_what_a_run_needs(operator, repository):
    operator.set_variable("DBT_PROFILES_DIR", project="/elsewhere")

    seen = operator.seen(operator.do("dbt run"))

    assert seen["environment"]["DBT_PROFILES_DIR"] != "/elsewhere"
