"""The message when the account cannot be reached, and protection of an account that is real."""

import socket

from localcloud.testing import TOKEN
from tests.infra.engine.deployment import ANALYTICS

PROJECTS = {"analytics": ANALYTICS}


def test_a_proxy_is_not_asked_for_this_machine(stack):
    # Nobody listens there.
    stack.extra_env |= dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    stack.configure(projects={"analytics": ANALYTICS})

    stack.preview()


def test_a_wrong_token_names_the_likely_cause_and_is_not_shown(stack):
    stack.configure(projects=PROJECTS)
    stack.extra_env["DBT_CLOUD_TOKEN"] = "a-made-up-token"

    refused = stack.preview(fails=True)

    assert "was answered 401: the token is not known at this address" in refused.one_line
    assert (
        "compare dbtcloud:hostUrl with Access URL in dbt Cloud, Account settings"
        in refused.one_line
    )
    assert "a-made-up-token" not in refused.text
    assert "Traceback" not in refused.text


def test_a_token_that_was_pasted_with_something_else_is_told_so_and_not_shown(stack):
    stack.configure(projects=PROJECTS)
    stack.extra_env["DBT_CLOUD_TOKEN"] = "“a-made-up-token”\n"

    refused = stack.preview(fails=True)

    assert "the token has a space, a line break or another character" in refused.one_line
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


def test_a_wrong_host_names_the_likely_cause(stack):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    stack.configure(projects=PROJECTS)
    stack.pulumi("config", "set", "dbtcloud:hostUrl", f"http://127.0.0.1:{port}")

    refused = stack.preview(fails=True)

    assert f"cannot reach dbt Cloud at http://127.0.0.1:{port}" in refused.one_line
    assert "start it with `localcloud start`" in refused.one_line


def test_a_wrong_account_number_names_the_likely_cause(stack):
    stack.configure(projects=PROJECTS)
    stack.pulumi("config", "set", "dbtcloud:accountId", "4711")

    refused = stack.preview(fails=True)

    assert "/v2/accounts/4711/ was answered 404" in refused.one_line
    assert "Look at the number, the account's number" in refused.one_line


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
    moved = {
        **{**ANALYTICS, "project_id": 20, "merge_job": {"allow_replacement_of": jobs["10 Merge"]}},
        "environments": {"production": {"id": 201}, "pull_request": {"id": 202}},
    }
    stack.configure(projects={"analytics": moved}, service_token={"name": "Other"}, protect=True)
    replacing = stack.preview(fails=True).one_line

    ways = "protect: false in the project's block, or dbtcloud-datafold:protect: false"
    for name in ("Production", "Merge"):
        number = jobs[f"10 {name}"]
        assert (
            f"job {number} '{name}' is protected, so Pulumi refuses to replace it: set {ways}"
            in (replacing)
        )
    assert f"allow_replacement_of: {jobs['10 Pull requests']} on this job, and {ways}" in replacing
    assert (
        "'Datafold' is protected, so Pulumi refuses to replace it: set dbtcloud-data" in replacing
    )

    stack.configure(projects=PROJECTS, protect=False)
    stack.up()
    stack.pulumi("destroy", "--yes")
    assert stack.jobs() == {}
