"""The sample project, built with real dbt on DuckDB: tables, tests, docs, and questions by SQL."""

import pytest

from tests.localcloud import command
from tests.localcloud.runs.operator import FIRST_COMMAND, log
from tests.localcloud.runs.repository import sample


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("real") / "cloud"


@pytest.fixture(scope="module")
def operator(data):
    with command.serving(data) as client:
        yield client


@pytest.fixture(scope="module")
def job(operator):
    return operator.deploy_job(
        "dbt build", generate_docs=True, settings={"threads": 4, "target_name": "prod"}
    )


@pytest.fixture(scope="module")
def built(operator, job):
    """The first run of the sample's production job."""
    return operator.succeeded(operator.run(job["id"]))


@pytest.fixture(scope="module")
def built_again(operator, job, built, data):
    """A run after one more order was placed, and the first, long ago, was returned."""
    repository = sample(data)
    file = "seeds/raw_orders.csv"
    header, first, *others = (repository.path / file).read_text().splitlines()
    first = f"{first.rpartition(',')[0]},returned"
    lines = [header, first, *others, "41,1,2999-01-01,placed", ""]
    repository.commit(file, "\n".join(lines))
    run = operator.run(job["id"], steps_override=["dbt build"], generate_docs_override=False)
    return operator.succeeded(run)


@pytest.fixture(scope="module")
def sql(data):
    """Return a function that asks the warehouse."""

    def ask(statement, *options):
        return command.run("sql", "--data", data, *options, statement)

    return ask


def test_the_sample_is_built_tested_and_documented(operator, built):
    results = operator.artifact(built, "run_results.json", FIRST_COMMAND)["results"]
    manifest = operator.artifact(built, "manifest.json")
    catalog = operator.artifact(built, "catalog.json")

    assert {result["status"] for result in results} == {"success", "pass"}
    kinds = [result["unique_id"].partition(".")[0] for result in results]
    assert {kind: kinds.count(kind) for kind in kinds} == {"seed": 3, "model": 5, "test": 14}
    assert manifest["metadata"]["dbt_version"].startswith("1.11.")
    assert "model.analytics.customers" in manifest["nodes"]
    assert "customer_id" in catalog["nodes"]["model.analytics.customers"]["columns"]
    assert built["has_docs_generated"] is True


def test_artifacts_name_the_run_that_made_them(operator, built):
    result = operator.artifact(built, "run_results.json", FIRST_COMMAND)["metadata"]["env"]

    assert result["DBT_CLOUD_RUN_ID"] == str(built["id"])
    assert result["DBT_CLOUD_JOB_ID"] == str(built["job_id"])


def test_dbt_runs_as_the_job_says_and_logs_to_the_step(built):
    step = built["run_steps"][FIRST_COMMAND - 1]

    assert "Concurrency: 4 threads (target='prod')" in step["logs"]
    assert "Done. PASS=22 WARN=0 ERROR=0" in step["logs"]
    assert "\x1b" not in step["logs"]
    assert "On model.analytics.customers" in step["debug_logs"]


def test_sql_asks_the_warehouse_in_columns(built, sql):
    orders = sql("select status, count(*) as n from production.orders group by 1 order by n, 1")

    assert (orders.returncode, orders.stderr) == (0, "")
    lines = orders.stdout.splitlines()
    assert lines[0].split() == ["status", "n"]
    assert sum(int(line.split()[1]) for line in lines[1:]) >= 40
    assert len({line.rindex(line.split()[1]) for line in lines}) == 1


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("drop table production.orders", "read-only mode"),
        ("copy (select 1) to '{}/stolen.csv'", "disabled by configuration"),
        ("attach '{}/other.duckdb'", "disabled by configuration"),
        ("set enable_external_access = true", "configuration has been locked"),
        ("selec 1", "Parser Error"),
        ("/* nothing */", "there is no statement in it"),
    ],
)
def test_sql_changes_nothing_and_says_what_is_wrong(built, sql, tmp_path, statement, problem):
    refused = sql(statement.format(tmp_path))

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Error: sql: ")
    assert problem in refused.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--environment", "102"], None),
        (["--project", "20", "--environment", "201"], "nothing has been built in environment 201"),
        (["--project", "20", "--environment", "101"], "project 20 has no environment 101"),
    ],
)
def test_sql_needs_an_environment_in_which_something_was_built(built, sql, options, problem):
    # The environments of a project without connections share a file.
    answer = sql("select 1 as one", *options)

    assert answer.returncode == (0 if problem is None else 1)
    assert problem is None or problem in answer.stderr


def test_an_incremental_model_takes_only_what_is_new(operator, built_again, sql):
    def first_and_newest(table):
        where = "order_id in (1, 41) order by order_id"
        result = sql(f"select order_id, status from production.{table} where {where}")
        return [line.split() for line in result.stdout.splitlines()[1:]]

    assert first_and_newest("stg_orders") == [["1", "returned"], ["41", "placed"]]
    assert first_and_newest("orders") == [["1", "completed"], ["41", "placed"]]


def test_a_test_that_fails_fails_the_run_and_a_retry_goes_on_from_there(
    operator, built_again, data
):
    file = "models/marts/orders.sql"
    good = (sample(data).path / file).read_text()
    sample(data).commit(file, good.replace("coalesce(sum(payments.amount), 0)", "-1"))
    job = operator.deploy_job("dbt build --full-refresh --select orders+")

    failed = operator.ended(operator.run(job["id"]))
    again = operator.ended(operator.post(f"{operator.v2}/runs/{failed['id']}/retry/"))

    assert failed["is_error"]
    assert "FAIL 41 no_order_has_a_negative_amount" in log(failed)
    results = operator.artifact(again, "run_results.json")["results"]
    ran = {result["unique_id"].split(".")[2] for result in results}
    # Not the model, which had been built, but the test that failed and what was skipped for it.
    assert "orders" not in ran
    assert {"no_order_has_a_negative_amount", "customers"} <= ran
    assert again["is_error"]
