"""dagster-dbt: Dagster's two clients of dbt Cloud, and what it makes of a dbt project."""

from localcloud.testing import TOKEN
from tests.localcloud.contract.client import PROJECT, Client, triggers
from tests.localcloud.contract.test_environment_variables import override


def test_dagster_makes_assets_of_a_project_and_builds_them_with_dbt(running_dbt, program):
    found = program("dagster_assets.py", running_dbt)

    assert found["assets"]["customers"] == ["orders", "stg_customers"]
    # What was built, tested and logged by real dbt is what Dagster expected from the manifest.
    assert sorted(found["materialized"]) == sorted(found["assets"])
    assert found["passed"] == found["checks"] != []
    assert "=== Step: Invoke dbt with `dbt build` ===" in found["log"]
    assert f"PASS={len(found['assets']) + len(found['checks'])} WARN=0" in found["log"]
    assert "failed" in found["refusal"]
    with Client(running_dbt, TOKEN) as owner:
        [job] = owner.get(f"{owner.v2}/jobs/")
        newest, *_ = owner.get(f"{owner.v2}/runs/?order_by=-id&status=10")
    assert job["name"] == "DAGSTER_ADHOC_JOB__10__101"
    assert found["run_url"] == newest["href"]


def test_dagster_follows_jobs_and_runs_of_a_workspace(cloud, program):
    found = program("dagster_workspace_client.py", cloud)

    assert found["names"] == ["Local", "Analytics", "Production", "Dagster's", "Dagster's"]
    assert found["jobs_elsewhere"] == []
    assert found["ends"] == ["Success", "Success"]
    assert found["finished_meanwhile"] == [found["runs"], 2]
    assert found["second_of_them"] == [found["runs"][1:], 2]
    assert found["finished_later"] == [[], 0]
    assert found["active"] == []
    assert found["artifacts"] == ["manifest.json"]
    assert found["manifest"]["metadata"]["simulated"] is True
    assert "=== Step: Invoke dbt with `dbt ls` ===" in found["log"]
    assert (found["destroyed"], found["destroyed_again"]) == (True, None)


def test_dagster_runs_a_job_takes_over_its_schedule_and_reads_what_it_left(owner, cloud, program):
    job = owner.job(triggers=triggers(schedule=True))
    variables = f"{owner.v3}/projects/{PROJECT}/environment-variables/"
    owner.post(f"{variables}bulk/", {"env_var": {"new_name": "DBT_LEVEL", "project": "low"}})
    made = owner.post(variables, override(job, "high", "DBT_LEVEL"))

    found = program("dagster_job_client.py", cloud, job["id"], made["id"])

    assert found["jobs"] == [job["id"]]
    assert found["docs"].endswith("/docs/")
    assert found["steps"] == ["dbt build -s a"]
    assert found["artifacts"] == ["manifest.json"]
    assert found["generated"]["simulated"] is True
    assert found["runs"] == [True]
    assert found["newest"] == ["Triggered via Dagster"]
    assert found["cancelled_too_late"] == "Success"
    assert found["variables"]["DBT_LEVEL"]["job"] == {"id": made["id"], "value": "higher"}
    assert "Max retries (0) exceeded" in found["missing"]
    # Dagster schedules what it runs, so it has switched the job's own schedule off.
    now = owner.get(f"{owner.v2}/jobs/{job['id']}/")
    assert now["triggers"]["schedule"] is False
    assert now["generate_docs"] is True
    assert now["execute_steps"] == job["execute_steps"]
