import pytest

from localcloud import testing
from tests.localcloud.contract.client import ACCOUNT, PRODUCTION, PROJECT, Client
from tests.localcloud.web.manual_executor import ManualExecutor


def test_a_run_is_queued_when_started_and_comes_to_an_end(owner):
    job = owner.job()

    started = owner.run(job["id"], git_sha="abc", git_branch="main", steps_override=["dbt ls"])
    ended = owner.get(
        f'{owner.v2}/runs/{started["id"]}/?include_related=["trigger","run_steps","job"]'
    )

    assert (started["status"], started["status_humanized"]) == (1, "Queued")
    assert started["in_progress"] is True
    assert (ended["status"], ended["is_success"], ended["is_complete"]) == (10, True, True)
    assert ended["job_definition_id"] == ended["job_id"] == job["id"]
    assert (ended["project_id"], ended["environment_id"]) == (PROJECT, PRODUCTION)
    assert ended["trigger"]["cause"] == "test"
    assert ended["trigger"]["cause_category"] == "api"
    assert ended["git_sha"] == ended["trigger"]["git_sha"] == "abc"
    assert ended["job"]["name"] == "Production"
    assert ended["run_steps"][-1]["name"] == "Invoke dbt with `dbt ls`"
    assert " " in ended["created_at"]
    assert "T" not in ended["created_at"]


def test_a_new_run_shows_its_trigger_job_and_page_and_later_only_what_is_asked_for(owner):
    job = owner.job()
    started = owner.run(job["id"])
    plain = owner.get(f"{owner.v2}/runs/{started['id']}/")

    assert started["trigger"]["cause"] == "test"
    assert started["job"]["triggers"] == job["triggers"]
    page = f"{owner.cloud.origin}/deploy/1/projects/{PROJECT}/runs/{started['id']}/"
    assert started["href"] == page
    assert [started["environment"], *(plain[key] for key in ("trigger", "job", "environment"))] == (
        [None] * 4
    )
    assert plain["run_steps"] == []


@pytest.mark.parametrize(
    "query",
    [
        'include_related=["trigger","environment"]',
        "include_related=[trigger,environment]",
        "include_related=trigger,environment",
        "include_related=trigger&include_related=environment",
    ],
)
def test_relations_are_asked_for_in_any_spelling(owner, query):
    run = owner.run(owner.job()["id"])

    found = owner.get(f"{owner.v2}/runs/{run['id']}/?{query}")

    assert found["trigger"]["id"] == found["trigger_id"]
    assert found["environment"]["id"] == PRODUCTION


def test_a_run_may_be_started_without_a_body(owner, raw):
    job = owner.job()

    run = owner.request("POST", f"{owner.v2}/jobs/{job['id']}/run")["data"]

    assert run["trigger"]["cause"] == "Triggered via API"


@pytest.mark.parametrize(
    ("body", "field"),
    [({"cause": "x" * 256}, "cause"), ({"steps_override": "a"}, "steps_override")],
)
def test_a_run_that_breaks_a_rule_is_refused(owner, body, field):
    job = owner.job()

    problems = owner.post(f"{owner.v2}/jobs/{job['id']}/run/", body, status=400)

    assert set(problems) == {field}
    assert owner.get(f"{owner.v2}/runs/") == []


def test_a_step_is_read_by_its_own_number(owner):
    run = owner.run(owner.job()["id"])
    steps = owner.get(f"{owner.v2}/runs/{run['id']}/?include_related=run_steps")["run_steps"]
    step = steps[0]

    assert owner.get(f"{owner.v2}/steps/{step['id']}/") == step
    owner.get(f"{owner.v2}/steps/{run['id']}/", status=404)


def test_artifacts_are_listed_and_served_as_files(owner, raw):
    job = owner.job()
    run = owner.run(job["id"])
    path = f"{owner.v2}/runs/{run['id']}/artifacts/"

    names = owner.get(path)
    of_run = owner.http.get(f"{path}manifest.json")
    of_job = owner.http.get(f"{owner.v2}/jobs/{job['id']}/artifacts/manifest.json")

    assert names == ["manifest.json"]
    assert of_run.headers["content-type"] == "application/json"
    assert of_run.json()["nodes"] == {}
    assert of_job.content == of_run.content
    owner.get(f"{path}catalog.json", status=404)
    owner.get(f"{path}%2e%2e/%2e%2e/{run['id']}/run/manifest.json", status=404)
    for impossible in ("a" * 300, "a/" * 3000 + "b", "manifest.json/x"):
        owner.get(f"{path}{impossible}", status=404)


def test_runs_left_unfinished_by_a_dead_server_are_taken_up(tmp_path):
    with testing.running(tmp_path, make_executor=ManualExecutor) as cloud:
        owner = Client(cloud, testing.TOKEN)
        run = owner.run(owner.job()["id"])

    with testing.running(tmp_path) as cloud:
        found = Client(cloud, testing.TOKEN).get(f"/v2/accounts/{ACCOUNT}/runs/{run['id']}/")

    assert found["is_success"] is True
