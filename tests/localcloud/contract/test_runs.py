import pytest

from localcloud import testing
from localcloud.runs.lifecycle import Status
from tests.localcloud.contract.client import ACCOUNT, PRODUCTION, PROJECT, Client
from tests.localcloud.web.manual_executor import ManualExecutor

FIRST_COMMAND = 4
"""The index of a job's first command: the steps before it are the same in every run."""


@pytest.fixture
def waiting(tmp_path):
    """A client of a server whose runs stay queued, and that server's executor."""
    made = []

    def make(*args):
        made.append(ManualExecutor(*args))
        return made[0]

    with (
        testing.running(tmp_path, make_executor=make) as cloud,
        Client(cloud, testing.TOKEN) as client,
    ):
        yield client, made[0]


def fail(executor, run_id):
    """Let a run fail in its last step."""
    executor.artifacts.write(run_id, "run_results.json", b"{}", step=FIRST_COMMAND)
    executor.finish(run_id, "boom\n", Status.ERROR)


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
    assert [step["name"] for step in ended["run_steps"]] == [
        "Clone git repository",
        "Create profile from connection DuckDB",
        "Invoke dbt with `dbt deps`",
        "Invoke dbt with `dbt ls`",
    ]
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


def test_freshness_runs_before_the_steps_and_docs_after(owner):
    job = owner.job(run_generate_sources=True, generate_docs=True)

    run = owner.run(job["id"])
    steps = owner.get(f"{owner.v2}/runs/{run['id']}/?include_related=run_steps")["run_steps"]

    assert [(step["index"], step["name"]) for step in steps[3:]] == [
        (4, "Invoke dbt with `dbt source freshness`"),
        (5, "Invoke dbt with `dbt build`"),
        (6, "Invoke dbt with `dbt docs generate`"),
    ]


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


def test_runs_are_listed_by_filters(waiting):
    owner, executor = waiting
    job, other = owner.job(), owner.job(name="other")
    first = owner.run(job["id"], github_pull_request_id=7)
    second = owner.run(other["id"])
    fail(executor, first["id"])

    def listed(query):
        return [run["id"] for run in owner.get(f"{owner.v2}/runs/?{query}")]

    assert listed("") == [first["id"], second["id"]]
    assert listed("order_by=-id") == [second["id"], first["id"]]
    assert listed("order_by=-created_at&limit=1") == [second["id"]]
    assert listed(f"job_definition_id={job['id']}") == [first["id"]]
    assert listed("status=1") == [second["id"]]
    assert listed("status__in=[1,20]") == [first["id"], second["id"]]
    assert listed(f"id__gt={first['id']}") == [second["id"]]
    assert listed("pull_request_id=7") == [first["id"]]
    assert listed(f"trigger_id={second['trigger']['id']}") == [second["id"]]
    assert listed("trigger_id=" + "9" * 30) == listed("trigger_id=x") == []
    assert listed(f"project_id={PROJECT}&environment_id={PRODUCTION}&limit=1") == [first["id"]]
    day = first["created_at"][:10]
    both = [first["id"], second["id"]]
    assert listed(f'created_at__range=["{day}","{day}T23:59:59.9"]') == both
    assert listed(f'created_at__range=["{day} 00:00:00","{day}T23:59:59-01:00"]') == both
    moment = first["created_at"].replace(" ", "T").replace("+", "%2B")
    assert listed(f'created_at__range=["{moment}","2999-01-01"]') == both
    assert listed(f'created_at__range=["{day}T00:00:00","{day}T00:00:00"]') == []
    assert listed('created_at__range=["2001-01-01","2001-01-02"]') == []
    all_time = '"0001-01-01T00:00:00%2B14:00","9999-12-31T23:59:59-14:00"'
    assert listed(f"created_at__range=[{all_time}]") == both


def test_a_run_is_cancelled_and_its_executor_notified(waiting):
    owner, executor = waiting
    run = owner.run(owner.job()["id"])

    cancelled = owner.post(f"{owner.v2}/runs/{run['id']}/cancel")
    again = owner.post(f"{owner.v2}/runs/{run['id']}/cancel/")

    assert (cancelled["status"], cancelled["status_message"]) == (30, "Cancelled by user.")
    assert cancelled["is_cancelled"] is True
    assert again["finished_at"] == cancelled["finished_at"]
    assert (executor.started, executor.cancelled) == ([run["id"]], [run["id"]])
    ended = owner.run(owner.job()["id"])
    executor.finish(ended["id"])
    assert owner.post(f"{owner.v2}/runs/{ended['id']}/cancel/")["status"] == Status.SUCCESS


def test_only_the_newest_failed_run_is_retried(waiting):
    owner, executor = waiting
    job = owner.job()
    first, second = owner.run(job["id"]), owner.run(job["id"], git_sha="abc")
    path = f"{owner.v2}/runs"
    fail(executor, first["id"])
    reasons = [
        owner.post(f"{path}/{run['id']}/retry/", status=400)["retry_not_supported_reason"]
        for run in (first, second)
    ]
    fail(executor, second["id"])

    retried = owner.post(f"{path}/{second['id']}/retry/")

    assert reasons == ["RETRY_NOT_LATEST_RUN", "RETRY_NOT_FAILED_RUN"]
    assert retried["retrying_run_id"] == second["id"]
    assert retried["git_sha"] == "abc"
    assert retried["trigger"]["cause_category"] == "rerun"


def test_a_failed_run_shows_its_failed_step_and_its_log(waiting):
    owner, executor = waiting
    job = owner.job(execute_steps=["dbt build", "dbt test"])
    run = owner.run(job["id"])

    fail(executor, run["id"])
    executor.artifacts.write(run["id"], "manifest.json", b"last")
    executor.artifacts.write(run["id"], "manifest.json", b"first", step=1)
    found = owner.get(f"{owner.v2}/runs/{run['id']}/?include_related=run_steps,debug_logs")
    manifest = f"{owner.v2}/runs/{run['id']}/artifacts/manifest.json"

    assert (found["is_error"], found["status_humanized"]) == (True, "Error")
    assert [step["status"] for step in found["run_steps"]] == [10] * 4 + [20]
    assert found["run_steps"][-1]["logs"] == "boom\n"
    assert owner.http.get(manifest).content == b"last"
    assert owner.http.get(f"{manifest}?step=1").content == b"first"


def test_a_job_is_run_again_from_its_failure_or_anew_and_shows_its_most_recent_runs(waiting):
    owner, executor = waiting
    path = f"{owner.v2}/jobs/{owner.job()['id']}/"
    anew = owner.post(f"{path}rerun/")
    fail(executor, anew["id"])

    again = owner.post(f"{path}rerun/")
    shown = owner.get(f"{path}?include_related=most_recent_run,most_recent_completed_run")

    assert anew["retrying_run_id"] is None
    assert again["retrying_run_id"] == anew["id"]
    assert shown["most_recent_run"]["id"] == again["id"]
    assert shown["most_recent_completed_run"]["id"] == anew["id"]


def test_runs_left_unfinished_by_a_dead_server_are_taken_up(tmp_path):
    with testing.running(tmp_path, make_executor=ManualExecutor) as cloud:
        owner = Client(cloud, testing.TOKEN)
        run = owner.run(owner.job()["id"])

    with testing.running(tmp_path) as cloud:
        found = Client(cloud, testing.TOKEN).get(f"/v2/accounts/{ACCOUNT}/runs/{run['id']}/")

    assert found["is_success"] is True
