"""The generated pipeline, run as the git host runs it, against the local dbt Cloud."""

import signal

import pytest

from localcloud.runs.lifecycle import Status
from tests.components.pipeline.conftest import TOKEN_ELSEWHERE
from tests.components.pipeline.runners import made_for

START = {"method": "POST", "path": "/v2/accounts/{account_id}/jobs/{job_id}/run/"}
LOOK = {"method": "GET", "path": "/v2/accounts/{account_id}/runs/{run_id}/"}


def page(cloud, run):
    return f"{cloud.origin}/deploy/1/projects/10/runs/{run['id']}/"


@pytest.fixture
def finish(runner, made):
    """Return a function that runs the pipeline to its end, which has that code; it returns what is printed."""

    def run(code, **commit):
        pipeline = runner.start(made, **commit)
        assert pipeline.end() == code, pipeline.output
        return pipeline.output

    return run


def test_a_merge_starts_a_run_of_its_commit_and_succeeds_with_it(cloud, finish, runs):
    output = finish(0, sha="0123456789abcdef")

    [run] = runs()
    trigger = run["trigger"]
    assert (trigger["git_sha"], trigger["git_branch"]) == ("0123456789abcdef", "main")
    assert trigger["cause"].startswith("Merge commit 0123456789abcdef (Git")
    assert page(cloud, run) in output
    assert f"run {run['id']} succeeded" in output


@pytest.mark.parametrize(
    ("end", "word", "why"),
    [
        (Status.ERROR, "failed", ": Invoke dbt with `dbt build`"),
        (Status.CANCELLED, "cancelled", ""),
    ],
)
def test_a_run_that_does_not_succeed_fails_the_pipeline(
    cloud, executor, runner, finish, runs, end, word, why
):
    executor.next_ends = [end]

    output = finish(1)

    [run] = runs()
    assert f"run {run['id']} {word}{why}. See {page(cloud, run)}" in output
    # The repository's readers need not be those who may read production's logs.
    assert "secret_salary" not in output
    if runner.kind == "github":
        assert f"::error title=dbt Cloud::run {run['id']} {word}" in output
        summary = (runner.folder / "summary.md").read_text()
        assert summary == f"[dbt Cloud: run {run['id']} {word}]({page(cloud, run)})\n"


def test_the_pipeline_follows_a_slow_run_to_its_end(executor, runner, made, runs):
    executor.holds = True
    pipeline = runner.start(made)
    pipeline.until("is running")
    assert pipeline.process.poll() is None

    executor.finish(runs()[0]["id"])

    assert pipeline.end() == 0


def test_two_merges_at_once_are_built_one_after_the_other(executor, runner, made, runs):
    executor.holds = True
    first = runner.start(made, sha="aaa111", number=1)
    first.until("is running")
    second = runner.start(made, sha="bbb222", number=2)
    second.until("is queued")

    executor.finish(runs()[0]["id"])

    assert first.end() == 0
    second.until("is running")
    executor.finish(runs()[1]["id"], Status.ERROR)
    assert second.end() == 1
    assert [run["trigger"]["git_sha"] for run in runs()] == ["aaa111", "bbb222"]


@pytest.mark.parametrize(
    ("secret", "is_sent", "reasons"),
    [
        (
            "dbtc_not-the-right-one",
            True,
            ["was answered 401: {", "the token is not known at this address"],
        ),
        (
            TOKEN_ELSEWHERE,
            True,
            ["was answered 404", "the token's permission set and projects"],
        ),
        (None, False, ["DBT_CLOUD_TOKEN is not set (is the secret in the repository's settings"]),
        ("dbtc_made\ndbtc_up", False, ["DBT_CLOUD_TOKEN has a character that no token has"]),
        ("“dbtc_made-up”", False, ["DBT_CLOUD_TOKEN has a character that no token has"]),
    ],
)
def test_a_secret_that_is_not_the_right_one_is_named_as_the_cause_and_not_shown(
    cloud, runner, finish, runs, secret, is_sent, reasons
):
    if not is_sent:
        cloud.control.plan({"path": "*/run/", "effect": "reset"})
    runner.secrets.clear()
    if secret:
        runner.secrets["DBT_CLOUD_TOKEN"] = secret

    output = finish(1)

    assert [reason for reason in reasons if reason not in output] == []
    assert "dbtc_" not in output
    assert cloud.control.unmet() == (not is_sent)
    assert runs() == []


def test_an_unreachable_host_is_given_up_after_a_few_attempts(finish, made, unused_port):
    nowhere = f"http://127.0.0.1:{unused_port}"
    made["content"] = made["content"].replace(made["access_url"], nowhere)

    output = finish(1)

    assert output.count(f"no answer from {nowhere}") == 7  # six attempts and the verdict
    assert "Connection refused (attempt 6 of 6)" in output
    assert "no run was started" in output


@pytest.mark.parametrize(("seconds", "code"), [(0.1, 0), (300, 1)])
def test_too_many_requests_are_waited_out_for_a_while(cloud, finish, runs, seconds, code):
    cloud.control.plan({**START, "effect": "rate_limit", "seconds": seconds})

    output = finish(code)

    cloud.control.clear_faults()
    assert "was answered 429" in output
    assert ("no run was started" in output) == bool(code)
    assert len(runs()) == 1 - code


def test_a_run_whose_start_was_answered_into_the_void_is_not_started_again(cloud, finish, runs):
    cloud.control.plan({**START, "effect": "lost_answer"})

    output = finish(0)

    assert cloud.control.unmet() == 0
    [run] = runs()
    assert f"The answer was lost, but run {run['id']} was started" in output


@pytest.mark.parametrize("fault", [{"effect": "reset"}, {"status": 500}, {"status": 503}])
def test_a_start_that_failed_for_now_is_tried_again(cloud, finish, runs, fault):
    cloud.control.plan({**START, **fault})

    finish(0)

    assert cloud.control.unmet() == 0
    assert len(runs()) == 1


def test_a_run_that_was_started_twice_after_all_is_reported(cloud, executor, runner, made):
    executor.holds = True
    cloud.control.plan({**START, "effect": "slow", "seconds": 2})
    runner.operator["DBT_CLOUD_TIMEOUT_SECONDS"] = "1"
    pipeline = runner.start(made)
    followed, late = (executor.submitted.get(timeout=20) for _ in range(2))

    executor.finish(followed)

    assert pipeline.end() == 0
    assert "timed out (attempt 1 of 6)" in pipeline.output
    assert f"run {late} was started for the same commit: {page(cloud, {'id': late})}" in (
        pipeline.output
    )


@pytest.mark.parametrize("fault", [{"effect": "reset"}, {"status": 502}, {"effect": "lost_answer"}])
def test_a_fault_while_the_run_is_followed_does_not_end_the_pipeline(
    cloud, executor, runner, made, fault
):
    executor.holds = True
    pipeline = runner.start(made)
    pipeline.until("is running")
    cloud.control.plan({**LOOK, **fault})
    pipeline.until("attempt 1 of 6")

    executor.finish(executor.submitted.get(timeout=20))

    assert pipeline.end() == 0


def test_a_run_that_takes_too_long_is_left_to_itself(executor, runner, finish, runs):
    executor.holds = True
    runner.operator["DBT_CLOUD_WAIT_MINUTES"] = "0.005"

    output = finish(1)

    assert "has not ended after 0.005 minutes; it goes on without this pipeline" in output
    assert [run["status"] for run in runs()] == [Status.RUNNING]


@pytest.mark.parametrize("signal_name", ["SIGTERM", "SIGINT"])
def test_a_runner_that_ends_the_pipeline_does_not_end_the_run(
    cloud, executor, github_runner, job_id, runs, signal_name
):
    executor.holds = True
    pipeline = github_runner.start(made_for("github", cloud, job_id))
    pipeline.until("is running")

    pipeline.process.send_signal(signal.Signals[signal_name])

    assert pipeline.end() == 1
    [run] = runs()
    assert f"what runs in dbt Cloud goes on: {page(cloud, run)}" in pipeline.output
    assert run["status"] == Status.RUNNING
