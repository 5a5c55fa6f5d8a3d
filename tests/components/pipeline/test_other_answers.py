"""Answers that dbt Cloud's own address would not give: the pipeline against servers that are none."""

import json
from contextlib import contextmanager

import pytest

from tests.components.pipeline.conftest import TOKEN
from tests.components.pipeline.runners import made_for
from tests.web_server import serving


@contextmanager
def answering(*answers):
    """Give the answers one after another, each a status, headers and text."""
    left = list(answers)
    with serving(lambda request: request.send(*left.pop(0))) as server:
        yield server


def ended(runner, server):
    pipeline = runner.start(made_for("github", server, 5))
    return pipeline.end(), pipeline.output


RUNNING = json.dumps({"data": {"id": 7, "project_id": 10, "status": 3}})
STARTED = json.dumps({"data": {"id": 7, "project_id": 10, "status": 10}})


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_does_not_follow_a_redirect(github_runner, status):
    with answering() as stranger:
        to_stranger = {"Location": f"{stranger.origin}/login"}
        with answering((status, to_stranger, "")) as server:
            code, output = ended(github_runner, server)

    assert code == 1
    assert f"a redirect, so {server.origin} is not the account's access URL" in output
    assert stranger.requests == []


FAILED = {"id": 7, "project_id": 10, "status": 20}
MISSING = (404, {"Retry-After": "0"}, "not found")
ANSWERS = {
    "a pause": (
        [(429, {"Retry-After": "0"}, "slow down"), (201, {}, STARTED)],
        *(0, "was answered 429: slow down (attempt 1 of 6)"),
    ),
    "a web page": (
        [(200, {"Content-Type": "text/html"}, "<html>Sign in</html>")] * 50,
        *(1, "was not answered as dbt Cloud does; is {origin} the access URL?"),
    ),
    # A line of its own would be a command to GitHub's runner.
    "the token": (
        [(403, {}, f"token {TOKEN} may not\n::set-env name=A::b")],
        *(1, "token *** may not ::set-env name=A::b -- the token may not run this job"),
    ),
    "no run yet": (
        [(201, {}, RUNNING), MISSING, MISSING, (200, {}, STARTED)],
        *(0, "was answered 404: not found (attempt 2 of 6)"),
    ),
    "never a run": (
        [(201, {}, RUNNING), *[MISSING] * 6],
        *(1, "run 7 was started and may go on: {origin}/deploy/1/projects/10/runs/7/"),
    ),
    "half a run": (
        [(201, {}, RUNNING), *[(200, {}, '{"data": {"id": 7}}')] * 6],
        *(1, "run 7 was started and may go on"),
    ),
    "odd steps": (
        [
            (201, {}, json.dumps({"data": FAILED})),
            (200, {}, json.dumps({"data": {**FAILED, "run_steps": [None, {"status": 20}, 7]}})),
        ],
        *(1, "run 7 failed: None. See"),
    ),
    "colors and a long text": (
        [(400, {}, "\x1b[31mred\x1b[0m\x07" + "x" * 1_000_000)],
        *(1, "was answered 400: red xxx"),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_odd_answer_ends_in_words_without_the_token(github_runner, name):
    answers, expected, text = ANSWERS[name]
    # Its own pause would outlast the test.
    github_runner.operator["DBT_CLOUD_RETRY_SECONDS"] = "1000" if name == "a pause" else "0.01"
    with answering(*answers) as server:
        code, output = ended(github_runner, server)

    assert code == expected
    assert text.format(origin=server.origin) in output
    for unwanted in (TOKEN, "Traceback", "\x1b"):
        assert unwanted not in output
    assert len(output) < 5_000


def test_what_a_failed_run_says_is_one_line_of_the_log(github_runner):
    status_message = "no warehouse\n::stop-commands::now\r::add-mask::a"
    failed = {"id": 7, "project_id": 10, "status": 20, "status_message": status_message}
    steps = [{"name": "Invoke dbt\n::warning::b", "status": 20}]
    answers = [json.dumps({"data": {**failed, "run_steps": steps}})] * 2

    with answering(*[(200, {}, answer) for answer in answers]) as server:
        code, output = ended(github_runner, server)

    assert code == 1
    # What begins a line would be a command to GitHub's runner, and the reason would end before it.
    commands = [line for line in output.splitlines() if line.startswith("::")]
    [error] = commands
    assert "run 7 failed: no warehouse ::stop-commands::now ::add-mask::a: Invoke dbt" in error
    assert f"::warning::b. See {server.origin}" in error


def test_a_broken_encryption_does_not_tell_that_nothing_was_sent(github_runner):
    with answering() as server:
        made = made_for("github", server, 5)
        encrypted = server.origin.replace("http:", "https:")
        made["content"] = made["content"].replace(server.origin, encrypted)

        pipeline = github_runner.start(made)

        assert pipeline.end() == 1
    assert "no answer from https://127.0.0.1" in pipeline.output
    assert "no run was started" not in pipeline.output


def test_the_token_is_not_sent_without_encryption(github_runner):
    with answering() as server:
        made = made_for("github", server, 5)
        made["content"] = made["content"].replace(server.origin, "http://ab123.us1.dbt.com")

        pipeline = github_runner.start(made)

        assert pipeline.end() == 1
    assert "DBT_CLOUD_ACCESS_URL does not begin with https://" in pipeline.output


NO_RUN = [
    "null",
    "[]",
    '"7"',
    '{"id": 7, "status": 10}',
    '{"id": "7", "project_id": 10, "status": 10}',
    '{"id": 7, "project_id": 10, "status": null}',
    "[" * 1000 + "]" * 1000,
]


@pytest.mark.parametrize("data", NO_RUN, ids=range(len(NO_RUN)))
def test_a_start_that_is_answered_with_no_run_is_looked_for(github_runner, data):
    odd = (200, {}, f'{{"data": {data}}}')
    cause = {"trigger": {"cause": "another"}, "id": 1, "project_id": 10, "status": 10}
    none_yet = (200, {}, json.dumps({"data": [cause]}))

    with answering(odd, none_yet, *[odd, none_yet] * 5) as server:
        code, output = ended(github_runner, server)

    assert code == 1
    assert "Traceback" not in output
    assert "was not answered as dbt Cloud does" in output
    assert "perhaps a run was started all the same" in output


def test_a_summary_that_cannot_be_written_fails_no_pipeline(github_runner, tmp_path):
    github_runner.operator["GITHUB_STEP_SUMMARY"] = str(tmp_path / "no" / "such" / "folder")

    with answering((201, {}, STARTED)) as server:
        code, output = ended(github_runner, server)

    assert code == 0
    assert "the summary cannot be written (No such file or directory)" in output


@pytest.mark.parametrize(
    ("value", "problem"),
    [("9" * 30, "is above 1000000"), ("\u0663", "is not a number"), (".", "is not a number")],
)
def test_a_setting_that_no_clock_has_is_refused(github_runner, value, problem):
    github_runner.operator["DBT_CLOUD_TIMEOUT_SECONDS"] = value

    with answering() as server:
        code, output = ended(github_runner, server)

    assert code == 1
    assert f"DBT_CLOUD_TIMEOUT_SECONDS {problem}" in output
