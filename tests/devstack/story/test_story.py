"""`make story` as a user types it; then the API is asked, apart from what the story says, whether it is true."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from localcloud.testing import TOKEN
from tests.devstack.make import clone

ANALYTICS, PRODUCTION = 10, 101


class FinishedStory:
    """A story that has run, and the local dbt Cloud that it leaves."""

    def __init__(self, text, origin, jobs):
        self.text = text
        self.jobs = jobs
        self._http = httpx.Client(
            base_url=f"{origin}/api/v2/accounts/1/",
            headers={"Authorization": f"Token {TOKEN}"},
            trust_env=False,
        )
        self._origin = origin

    def run(self, project, role, cause):
        """The one run of a job that has such a cause, and all of its steps."""
        job_id = self.jobs[project, role]
        query = {"job_definition_id": job_id, "include_related": '["trigger","run_steps"]'}
        runs = self._http.get("runs/", params=query).raise_for_status().json()["data"]
        [found] = [run for run in runs if run["trigger"]["cause_category"] == cause]
        assert found["status_humanized"] == "Success"
        return found

    def artifact(self, path):
        return self._http.get(path).raise_for_status().json()

    def built(self, run):
        """Where the run's models were built, by their names."""
        results = self.artifact(f"runs/{run['id']}/artifacts/run_results.json")["results"]
        return {
            result["unique_id"].split(".")[2]: result["relation_name"].split('"')[3]
            for result in results
            if result["unique_id"].startswith("model.")
        }

    def sql(self, statement):
        """What production's warehouse answers."""
        body = {"project_id": ANALYTICS, "environment_id": PRODUCTION, "sql": statement}
        answer = self._http.post(f"{self._origin}/__localcloud__/sql", json=body)
        return answer.raise_for_status().json()["rows"]

    def now(self):
        message = self._http.get(f"{self._origin}/__localcloud__/clock").json()["now"]
        return datetime.fromisoformat(message)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    made = clone.with_port(tmp_path_factory.mktemp("clone"))
    text = made.make("story")
    yield FinishedStory(text, f"http://127.0.0.1:{made.environment['PORT']}", made.job_ids())
    made.make("down")


def test_the_production_job_ran_on_schedule_and_built_tables(story):
    run = story.run("analytics", "production", "scheduled")

    due = run["should_start_at"]
    models = {"customers", "orders", "stg_customers", "stg_orders", "stg_payments"}
    assert re.search(r" 02:00:00\+00:00$", due)
    assert story.built(run) == dict.fromkeys(models, "production")
    assert story.sql("select count(*) from production.customers") == [[12]]


def test_the_pull_request_built_only_the_changed_model_and_its_children_in_its_own_schema(story):
    run = story.run("analytics", "pull_request", "ci")

    schema = f"dbt_cloud_pr_{story.jobs['analytics', 'pull_request']}_1"
    assert story.built(run) == dict.fromkeys(("customers", "orders", "stg_payments"), schema)


def test_the_pull_request_took_the_rest_from_production(story):
    production = story.run("analytics", "production", "scheduled")
    run = story.run("analytics", "pull_request", "ci")

    nodes = story.artifact(f"runs/{run['id']}/artifacts/manifest.json")["nodes"]
    compiled = nodes["model.analytics.orders"]["compiled_code"]
    schema = f"dbt_cloud_pr_{story.jobs['analytics', 'pull_request']}_1"
    assert run["deferring_run_id"] == production["id"]
    assert '"production"."stg_orders"' in compiled
    assert f'"{schema}"."stg_payments"' in compiled


def test_the_merge_was_deployed_and_the_schema_of_the_pull_request_is_gone(story):
    story.run("analytics", "merge", "merge")

    methods = {method for [method] in story.sql("select method from production.stg_payments")}
    schemas = story.sql("select schema_name from information_schema.schemata")
    assert methods
    assert all(method == method.upper() for method in methods)
    assert [name for [name] in schemas if name.startswith("dbt_cloud_pr_")] == []


def test_the_artifacts_job_serves_the_manifest_of_what_was_merged(story):
    run = story.run("analytics", "merge", "merge")

    served = story.artifact(f"jobs/{story.jobs['analytics', 'merge']}/artifacts/manifest.json")
    before = story.run("analytics", "production", "scheduled")
    old = story.artifact(f"runs/{before['id']}/artifacts/manifest.json")
    model = "model.analytics.stg_payments"
    assert served["metadata"]["env"]["DBT_CLOUD_RUN_ID"] == str(run["id"])
    assert "upper(method)" in served["nodes"][model]["raw_code"]
    assert "upper(method)" not in old["nodes"][model]["raw_code"]


def test_the_project_without_a_merge_job_has_its_manifest_from_the_hourly_compile(story):
    roles = {role for project, role in story.jobs if project == "marketing"}
    assert roles == {"production", "pull_request", "artifacts"}
    job_id = story.jobs["marketing", "artifacts"]

    served = story.artifact(f"jobs/{job_id}/artifacts/manifest.json")
    run_id = served["metadata"]["env"]["DBT_CLOUD_RUN_ID"]
    run = story.artifact(f'runs/{run_id}/?include_related=["trigger","run_steps"]')["data"]
    assert run["trigger"]["cause_category"] == "scheduled"
    assert run["run_steps"][-1]["name"] == "Invoke dbt with `dbt compile`"
    assert run["should_start_at"].endswith(" 03:00:00+00:00")


def test_the_story_can_be_read(story):
    scenes = re.findall(r"^== (.*)$", story.text, re.MULTILINE)

    assert len(scenes) == 4
    assert "Built, the model and its children only: customers, orders, stg_payments" in story.text
    assert "$ git merge" in story.text
    assert "'Job that creates dbt artifacts'" in story.text


def test_the_clock_follows_the_machines_again(story):
    assert abs(story.now() - datetime.now(UTC)) < timedelta(minutes=1)
