"""What a run may have otherwise than its job, and what it has by itself."""

import pytest
import yaml

from tests.localcloud.contract.client import CI, PRODUCTION, PROJECT
from tests.localcloud.runs.operator import names


def profile(operator, run):
    """The one profile that the run's dbt found, and its one target."""
    found = yaml.safe_load(operator.seen(run)["profile"])
    assert [*found] == ["user"]
    return found["user"]["target"], found["user"]["outputs"][found["user"]["target"]]


def test_a_run_connects_as_its_job_and_environment_say(operator, repository, data):
    job = operator.deploy_job("dbt run", settings={"threads": 3, "target_name": "prod"})

    run = operator.succeeded(operator.run(job["id"]))

    assert profile(operator, run) == (
        "prod",
        {
            "type": "duckdb",
            "path": str(data / "warehouses" / "project_10.duckdb"),
            "schema": "production",
            "threads": 3,
        },
    )


def test_a_run_may_have_other_threads_another_target_and_schema(operator, repository):
    job = operator.deploy_job("dbt run", settings={"threads": 3, "target_name": "prod"})
    others = {"threads_override": 8, "target_name_override": "x", "schema_override": "tmp"}

    run = operator.succeeded(operator.run(job["id"], **others))

    target, output = profile(operator, run)
    assert (target, output["threads"], output["schema"]) == ("x", 8, "tmp")
    assert names(run)[1].endswith(" (override schema to 'tmp')")


def test_a_run_may_have_other_steps(operator, repository):
    job = operator.deploy_job("dbt build", generate_docs=True)

    run = operator.run(job["id"], steps_override=["dbt ls"], generate_docs_override=False)

    assert names(operator.succeeded(run))[3:] == ["Invoke dbt with `dbt ls`"]


def test_docs_may_be_asked_for_once(operator, repository):
    run = operator.do("dbt run", generate_docs_override=True)

    assert names(run)[-1] == "Invoke dbt with `dbt docs generate`"
    assert run["has_docs_generated"] is True


def test_a_dbt_version_asked_for_is_reported_and_another_runs(operator, repository):
    run = operator.do("dbt run", dbt_version_override="1.7.0-latest")

    assert run["dbt_version"] == "1.7.0-latest"
    assert run["run_steps"][1]["logs"].startswith(
        "dbt 1.11.0 runs, whatever the version asked for (1.7.0-latest)\n"
    )


def test_the_schema_is_that_of_the_credentials_and_extended_attributes_win(operator, repository):
    base = f"{operator.v3}/projects/{PROJECT}"
    environment = f"{base}/environments/{PRODUCTION}/"
    credentials = {"type": "postgres", "default_schema": "shop", "username": "u"}
    for kind, body, schema in (
        ("credentials", {**credentials, "target_name": "t"}, "shop"),
        ("extended-attributes", {"extended_attributes": {"schema": "extended"}}, "extended"),
    ):
        made = operator.post(f"{base}/{kind}/", body)
        operator.change(environment, **{f"{kind.replace('-', '_')}_id": made["id"]})

        assert profile(operator, operator.do("dbt run"))[1]["schema"] == schema


@pytest.mark.parametrize("overrides", [{}, {"schema_override": "tmp"}])
def test_a_ci_run_builds_a_pull_request_into_a_schema_of_its_own(operator, repository, overrides):
    job = operator.ci_job("dbt run")
    expected = overrides.get("schema_override", f"dbt_cloud_pr_{job['id']}_9")

    run = operator.run(job["id"], github_pull_request_id=9, git_branch="main", **overrides)
    of_none = operator.run(job["id"], git_branch="main")

    assert profile(operator, operator.succeeded(run))[1]["schema"] == expected
    # Without a pull request there is no schema of its own.
    assert profile(operator, operator.succeeded(of_none))[1]["schema"] == "ci"


def test_environments_of_one_connection_share_a_warehouse(operator, repository):
    def warehouse(job):
        return profile(operator, operator.succeeded(operator.run(job["id"])))[1]["path"]

    production = operator.deploy_job("dbt run")
    ci = operator.deploy_job("dbt run", environment_id=CI)
    config = {"hostname": "db.example.com", "port": 5432, "dbname": "shop"}
    body = {"name": "Shop", "adapter_version": "postgres_v0", "config": config}
    connection = operator.post(f"{operator.v3}/connections/", body)
    shared = warehouse(production), warehouse(ci)
    path = f"{operator.v3}/projects/{PROJECT}/environments/{CI}/"
    operator.change(path, connection_id=connection["id"])
    apart = warehouse(production), warehouse(ci)

    assert shared[0] == shared[1] == apart[0]
    assert apart[1].endswith(f"connection_{connection['id']}.duckdb")
