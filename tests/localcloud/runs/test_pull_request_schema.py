"""A pull request, with real dbt: only what changed is built, into a schema that goes away again."""

import pytest

from tests.localcloud import command
from tests.localcloud.contract.client import PRODUCTION
from tests.localcloud.runs.operator import log
from tests.localcloud.runs.repository import sample

SCHEMAS = "select distinct schema_name as name from duckdb_schemas() order by 1"


@pytest.fixture
def data(tmp_path):
    return tmp_path / "cloud"


@pytest.fixture
def operator(data):
    """A client of a server whose production environment has been built."""
    with command.serving(data) as client:
        job = client.deploy_job("dbt build --exclude-resource-type test")
        client.succeeded(client.run(job["id"]))
        yield client


def schemas(data):
    lines = command.run("sql", "--data", data, SCHEMAS).stdout.splitlines()
    return {line.strip() for line in lines if line.startswith(("dbt_", "production"))}


def test_a_pull_request_builds_what_changed_into_its_schema_until_it_is_closed(operator, data):
    repository, file = sample(data), "models/marts/customers.sql"
    text = (repository.path / file).read_text()
    repository.commit(file, f"-- changed\n{text}", branch="feature")
    ci_job = operator.ci_job(
        "dbt build --select state:modified+", deferring_environment_id=PRODUCTION
    )
    own = f"dbt_cloud_pr_{ci_job['id']}_7"
    event = ["git-event", "--data", data, "--repository", repository.path, "--number", 7]

    opened = command.run(*event, "pr-opened", "--branch", "feature")
    run = operator.succeeded(operator.some_run_of(ci_job))
    results = operator.artifact(run, "run_results.json")["results"]
    during = schemas(data)
    closed = command.run(*event, "pr-closed")

    assert opened.stdout == f"started      job {ci_job['id']} (CI) of project 10: run {run['id']}\n"
    models = [model for model in results if model["unique_id"].startswith("model.")]
    assert [model["unique_id"] for model in models] == ["model.analytics.customers"]
    # What was not built is read where the production job has built it.
    assert "Deferring to run" in log(run)
    assert '"production"."orders"' in models[0]["compiled_code"]
    assert during == {"production", "production_raw", own}
    assert closed.stdout == f"dropping     schema {own}\n"
    operator.until(lambda: schemas(data) == {"production", "production_raw"})
