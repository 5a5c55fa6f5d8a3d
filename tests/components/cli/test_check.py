"""What neither a preview nor a refresh shows."""

import json

import pytest

from tests.components.cli import command
from tests.components.cli.account import NIGHTLY, Account
from tests.infra.engine.deployment import ANALYTICS, MARKETING


@pytest.fixture
def running(bring_up):
    """A stack that is up and whose artifacts job has run."""
    return bring_up(projects={"analytics": {**ANALYTICS, "first_run": True}})


def test_a_stack_whose_artifacts_job_has_run_is_in_order(running):
    ran = command.run(running, "check")

    assert ran.stdout == "no problem found in 3 jobs in 2 environments, and 1 service token\n"


def test_a_stack_without_a_run_has_nothing_to_compare_with_and_no_artifacts(stack):
    stack.configure(projects={"marketing": MARKETING})
    stack.up()

    ran = command.run(stack, "check", code=1)

    jobs = stack.jobs()
    pull_requests, artifacts = jobs["20 Pull requests"]["id"], jobs["20 Datafold artifacts"]["id"]
    assert f"job {pull_requests} 'Pull requests'" in ran.stdout
    assert "defers to environment 201, in which no run has ever been successful" in ran.said
    # Not the artifacts job, which builds no table.
    production = jobs["20 Production"]["id"]
    page = f"{stack.cloud.origin}/deploy/1/projects/20/jobs/{production}"
    assert f"start a job there once: {page};" in ran.said
    assert f"job {artifacts} 'Datafold artifacts'" in ran.stdout
    assert f"start it once: {stack.cloud.origin}/deploy/1/projects/20/jobs/{artifacts}" in ran.said
    assert "2 problems found" in ran.stdout


def test_what_others_did_to_the_account_is_found(running):
    stack, account = running, Account(running.cloud)
    mine = stack.jobs()
    double = account.job("Production", **NIGHTLY)
    other = account.job("By hand", settings={"threads": 4, "target_name": "prod"})
    old = account.job("Old", dbt_version="1.5.0-latest")
    pull_requests = mine["10 Pull requests"]
    stack.ask_cloud("DELETE", f"/v2/accounts/1/jobs/{pull_requests['id']}/")
    [token] = stack.tokens()
    stack.ask_cloud("DELETE", f"/v3/accounts/1/service-tokens/{token['id']}/")

    ran = command.run(stack, "check", "--json", code=1)

    found = {each["what"]: each["problem"] for each in json.loads(ran.stdout)["problems"]}
    production = mine["10 Production"]["id"]
    assert f"called like job {production} of the stack" in found[f"job {double} 'Production'"]
    assert "not in dbt Cloud" in found[f"job {pull_requests['id']} 'Pull requests'"]
    assert "Datafold can no longer read" in found[f"service token {token['id']} 'Datafold'"]
    assert "environment 101" in found
    problems = [
        each["problem"]
        for each in json.loads(ran.stdout)["problems"]
        if each["what"] == "environment 101"
    ]
    assert f"prod: {other} 'By hand'" in problems[0]
    assert "differ in target_name" in problems[0]
    assert f"1.5.0-latest: {old} 'Old'" in problems[1]
    assert "differ in dbt_version" in problems[1]


def test_a_wrong_token_and_a_wrong_host_are_told_with_their_likely_cause(running):
    running.extra_env["DBT_CLOUD_TOKEN"] = "wrong"
    wrong_token = command.run(running, "check", code=1)
    running.extra_env["DBT_CLOUD_HOST_URL"] = "http://127.0.0.1:1/api"
    wrong_host = command.run(running, "check", code=1)
    del running.extra_env["DBT_CLOUD_HOST_URL"]
    running.extra_env["DBT_CLOUD_TOKEN"] = ""
    no_token = command.run(running, "check", code=1)

    assert "compare dbtcloud:hostUrl with Access URL" in wrong_token.said
    assert "cannot reach dbt Cloud at http://127.0.0.1:1" in wrong_host.said
    assert "dbtcloud:token" in no_token.stderr
    assert "pulumi config set --secret dbtcloud:token" in no_token.stderr
