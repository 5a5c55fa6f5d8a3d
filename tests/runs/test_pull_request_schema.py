"""A pull request, with real dbt: only what changed is built, into a schema that goes away again."""

import pytest

from tests.contract.client import PRODUCTION
from tests.runs import real
from tests.runs.operator import log
from tests.runs.real import localcloud
from tests.runs.test_sample_project import INSTALLING_SECONDS, sample

SCHEMAS = "select distinct schema_name as name from duckdb_schemas() order by 1"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("real") / "cloud"


@pytest.fixture(scope="module")
def operator(data):
    """A client of a server whose production environment has been built."""
    with real.serving(data) as client:
        run = client.run(client.deploy_job("dbt build --exclude-resource-type test")["id"])
        client.until(lambda: client.read(run)["is_complete"], INSTALLING_SECONDS)
        client.succeeded(run)
        yield client


@pytest.fixture(scope="module")
def ci_job(operator):
    return operator.ci_job(
        "dbt build --select state:modified+", deferring_environment_id=PRODUCTION
    )


def schemas(data):
    lines = localcloud("sql", "--data", data, SCHEMAS).stdout.splitlines()
    return {line.strip() for line in lines if line.startswith(("dbt_", "production"))}


@pytest.fixture(scope="module")
def change(operator, data):
    """A branch that changes `customers` only."""
    repository = sample(data)
    file = "models/marts/customers.sql"
    text = (repository.path / file).read_text()
    repository.commit(file, f"-- changed\n{text}", branch="feature")
    return repository


@pytest.mark.parametrize("ending", ["pr-closed", "merged"])
def test_a_pull_request_builds_what_changed_into_its_schema_until_it_is_over(
    operator, ci_job, change, data, ending
):
    number = {"pr-closed": 7, "merged": 70}[ending]
    own = f"dbt_cloud_pr_{ci_job['id']}_{number}"
    event = ["git-event", "--data", data, "--repository", change.path, "--number", number]

    opened = localcloud(*event, "pr-opened", "--branch", "feature")
    run = operator.succeeded(operator.some_run_of(ci_job))
    results = operator.artifact(run, "run_results.json")["results"]
    during = schemas(data)
    closed = localcloud(*event, ending)

    assert opened.stdout == f"started      job {ci_job['id']} (CI) of project 10: run {run['id']}\n"
    models = [each for each in results if each["unique_id"].startswith("model.")]
    assert [each["unique_id"] for each in models] == ["model.analytics.customers"]
    # What was not built is read where the production job has built it.
    assert "Deferring to run" in log(run)
    assert '"production"."orders"' in models[0]["compiled_code"]
    assert during == {"production", "production_raw", own}
    assert closed.stdout == f"dropping     schema {own}\n"
    operator.until(lambda: schemas(data) == {"production", "production_raw"})
