"""The message when the account cannot be reached, and protection of an account that is real."""

import pytest

from localcloud.testing import TOKEN
from tests.infra.engine.deployment import ANALYTICS

PROJECTS = {"analytics": ANALYTICS}
NOBODY = "http://127.0.0.1:9"
"""An address that nobody listens at."""
ACCESS_URL = "compare dbtcloud:hostUrl with Access URL in dbt Cloud, Account settings"


def test_a_proxy_is_not_asked_for_this_machine(stack):
    stack.extra_env |= dict.fromkeys(("http_proxy", "https_proxy"), NOBODY)
    stack.configure(projects={"analytics": ANALYTICS})

    stack.preview()


@pytest.mark.parametrize(
    ("variable", "value", "message", "hint"),
    [
        ("TOKEN", "a-made-up-token", "the token is not known at this address", ACCESS_URL),
        ("TOKEN", "“a-made-up-token”\n", "the token has a space, a line break or another", ""),
        ("HOST_URL", NOBODY, f"dbt Cloud at {NOBODY}", "start it with `localcloud start`"),
        ("ACCOUNT_ID", "4711", "/4711/ was answered 404", "Look at the number, the account's"),
    ],
)
def test_a_wrong_connection_names_the_likely_cause(stack, variable, value, message, hint):
    stack.configure(projects=PROJECTS)
    stack.extra_env[f"DBT_CLOUD_{variable}"] = value

    refused = stack.preview(fails=True)

    assert message in refused.one_line
    assert hint in refused.one_line
    assert "a-made-up-token" not in refused.text
    assert "Traceback" not in refused.text


def test_a_token_that_is_not_stored_as_a_secret_is_refused_and_not_shown(stack):
    stack.configure(projects=PROJECTS)
    stack.pulumi("config", "set", "--plaintext", "dbtcloud:token", "a-made-up-token")

    refused = stack.preview(fails=True)

    assert "dbtcloud:token problem: the token is in plain text" in refused.one_line
    assert "a-made-up-token" not in refused.text
    stack.pulumi("config", "set", "--secret", "dbtcloud:token", TOKEN)
    stack.preview()


def test_the_host_works_without_api_at_its_end(stack):
    stack.configure(projects=PROJECTS)
    stack.pulumi("config", "set", "dbtcloud:hostUrl", f"{stack.cloud.origin}/")

    stack.up()

    assert len(stack.jobs()) == 3


def test_a_protected_stack_refuses_to_delete_jobs_and_token(bring_up):
    stack = bring_up(projects=PROJECTS, protect=True)

    refused = stack.pulumi("destroy", "--yes", fails=True)

    assert "protect" in refused.one_line
    assert len(stack.jobs()) == 3
    assert len(stack.tokens()) == 1

    # What Pulumi says of a replacement names no key of the stack file.
    jobs = {key: job["id"] for key, job in stack.jobs().items()}
    pull_requests, merge = jobs["10 Pull requests"], jobs["10 Merge"]
    moved = {
        **{**ANALYTICS, "project_id": 20, "merge_job": {"allow_replacement_of": merge}},
        "environments": {"production": {"id": 201}, "pull_request": {"id": 202}},
    }
    allowed = {**moved, "pull_request_job": {"allow_replacement_of": pull_requests}}
    stack.configure(projects={"analytics": allowed}, service_token={"name": "Other"}, protect=True)
    replacing = stack.preview(fails=True).one_line

    ways = "protect: false in the project's block, or dbtcloud-datafold:protect: false"
    for key, number in jobs.items():
        name = key.removeprefix("10 ")
        refusal = f"job {number} '{name}' is protected, so Pulumi refuses to replace it: set {ways}"
        assert refusal in replacing
    assert (
        "'Datafold' is protected, so Pulumi refuses to replace it: set dbtcloud-data" in replacing
    )

    # One refusal of ours is enough for the engine: it may show nothing of the other jobs then.
    stack.configure(projects={"analytics": moved}, protect=True)
    refused = stack.preview(fails=True)
    assert f"allow_replacement_of: {pull_requests} on this job, and {ways}" in refused.one_line

    stack.configure(projects=PROJECTS, protect=False)
    stack.up()
    stack.pulumi("destroy", "--yes")
    assert stack.jobs() == {}
