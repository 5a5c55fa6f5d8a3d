"""The comment on a pull request: one, found again and replaced."""

import os
import subprocess
import sys

import pytest
from pulumi_dbtcloud_datafold.cli.workflows.settings import comment_script

from tests.components.cli.workflows.git_host import OTHER, TOKEN

MARK = "<!-- dbtcloud-datafold review: data/prod -->"
TEXT = f"{MARK}\n### What this change does\n"


@pytest.fixture
def post(host, tmp_path):
    def run(text=TEXT, code=0, **env):
        file = tmp_path / "review.md"
        file.write_text(text)
        ran = subprocess.run(
            [sys.executable, "-I", "-"],
            input=comment_script(),
            env={
                "PATH": os.defpath,
                "COMMENT_FILE": str(file),
                "COMMENT_RETRY_SECONDS": "0.01",
                **host.env,
                **env,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        output = ran.stdout + ran.stderr
        assert ran.returncode == code, output
        assert TOKEN not in output
        assert "Traceback" not in output
        return output

    return run


def test_the_first_comment_is_written_and_the_next_one_replaces_it(host, post):
    assert "new" in post()
    assert "replaced" in post(f"{TEXT}second\n")

    assert [comment["body"] for comment in host.comments.values()] == [f"{TEXT}second\n"]


def test_the_comment_is_found_behind_two_hundred_others(host, post):
    for number in range(220):
        host.add(f"comment {number}", by=OTHER)
    host.add(TEXT)

    post(f"{TEXT}second\n")

    assert len(host.comments) == 221
    assert host.comments[320]["body"].endswith("second\n")


def test_another_stack_has_a_comment_of_its_own(host, post):
    other = host.add(TEXT.replace("prod", "dev"))

    post()

    assert len(host.comments) == 2
    assert "data/dev" in host.comments[other]["body"]


def test_a_comment_that_somebody_else_wrote_is_left_alone(host, post):
    other = host.add(f"{MARK}\nnothing to see here", by=OTHER)

    post()

    assert host.comments[other]["body"].endswith("here")
    assert len(host.comments) == 2


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_refusal_that_may_pass_is_followed_by_another_attempt(host, post, status):
    host.answers = [status, status]

    post()

    assert len(host.comments) == 1


def test_a_lost_answer_makes_no_second_comment(host, post):
    host.answers = [
        None,
        0,
    ]  # The list is answered; the comment is stored and the connection closed.

    post()

    assert len(host.comments) == 1


def test_it_gives_up_after_four_attempts(host, post):
    host.answers = [500] * 10

    assert "attempt 4, the last one" in post(code=1)
    assert len(host.requests) == 4


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_missing_right_is_reported_with_the_fix(host, post, status):
    host.answers = [status]

    output = post(code=1)

    assert f"answered {status}" in output
    assert {"github": "pull-requests: write", "gitlab": "scope api"}[host.kind] in output
    assert len(host.requests) == 1


def test_a_redirect_is_not_followed(host, post):
    host.answers = [302]

    post(code=1)

    assert [sent.path for sent in host.requests if "elsewhere" in sent.path] == []


@pytest.mark.parametrize("missing", ["token", "file"])
def test_what_is_missing_is_named(host, post, missing):
    name = {"token": "GITHUB_TOKEN" if host.kind == "github" else "GITLAB_TOKEN"}.get(missing)
    output = post(code=1, **{name: ""}) if name else post(code=1, COMMENT_FILE="/nowhere/review.md")

    assert (name or "/nowhere/review.md") in output
    assert host.requests == []
