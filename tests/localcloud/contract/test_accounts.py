"""Accounts, their features, and what their plans allow."""

from contextlib import ExitStack

import pytest

from tests.localcloud.contract.client import ACCOUNT, CI, JOB, PROJECT, triggers


@pytest.fixture
def on_plan(seeded):
    """A function that starts a server whose account has a plan, and gives its owner's client."""
    with ExitStack() as running:
        yield lambda plan, features=(): running.enter_context(
            seeded(plan=plan, features=list(features))
        )


def test_the_account_probe_finds_the_account_with_the_types_that_clients_decode(owner):
    (account,) = owner.get("/v2/accounts/")

    assert (account["id"], account["name"], account["plan"]) == (1, "Local", "team")
    integers = {
        *("state", "run_slots", "queue_limit", "developer_seats"),
        *("pod_memory_request_mebibytes", "run_duration_limit_seconds"),
    }
    booleans = {"locked", "pending_cancel", "develop_file_system", "sso_reauth"}
    assert {type(account[name]) for name in integers} == {int}
    assert {type(account[name]) for name in booleans} == {bool}
    assert account == owner.get(f"/v2/accounts/{ACCOUNT}/")


def test_features_are_returned_and_turned_one_by_one(owner):
    before = owner.get(f"{owner.private}/features/")

    after = owner.post(f"{owner.private}/features/", {"feature": "advanced-ci", "value": True})
    owner.post(f"{owner.private}/features/", {"feature": "dbt_state", "value": True}, status=404)

    assert before["advanced-ci"] is False
    assert after == {**before, "advanced-ci": True}
    assert after == owner.get(f"{owner.private}/features/")
    assert set(after) == {
        *("advanced-ci", "partial-parsing", "repo-caching", "ai_features", "catalog-ingestion"),
        *("explorer-account-ui", "fusion-migration-permissions"),
    }


@pytest.mark.parametrize("plan", ["developer", "free", "cancelled_2025"])
def test_a_plan_without_api_is_refused_with_403(on_plan, plan):
    owner = on_plan(plan)

    answer = owner.request("GET", "/v2/accounts/", status=403)

    assert plan in answer["status"]["user_message"]


@pytest.mark.parametrize(
    ("plan", "offered", "not_offered"),
    [
        ("team", ["member", "account_admin", "readonly", "job_admin"], ["developer", "owner"]),
        ("starter_2025", ["semantic_layer_only"], ["member", "account_admin"]),
        ("enterprise_2025", ["developer", "job_runner", "account_admin"], ["member", "owner"]),
        ("enterprise", ["developer"], ["fusion_admin"]),
    ],
)
def test_the_plan_says_which_sets_a_token_may_have(on_plan, plan, offered, not_offered):
    owner = on_plan(plan)

    for name in offered:
        owner.token({"permission_set": name, "all_projects": True})
    for name in not_offered:
        grants = [{"permission_set": name, "project_id": None}]
        body = {"name": "t", "state": 1, "permission_grants": grants}
        problems = owner.post(f"{owner.v3}/service-tokens/", body, status=400)
        reason = f"does not offer {name} to service tokens"
        if name == "fusion_admin":
            reason = "fusion_admin can be given to users only, not to a service token"
        assert reason in problems["permissions"]["0"]["permission_set"]


def test_a_ci_job_is_started_by_the_api_only_where_the_plan_has_it(on_plan):
    body = {**JOB, "environment_id": CI, "triggers": triggers(github_webhook=True)}
    for plan, status in (("team", 200), ("enterprise", 200), ("starter_2025", 403)):
        owner = on_plan(plan)
        job = owner.post(f"{owner.v2}/jobs/", body)

        owner.request("POST", f"{owner.v2}/jobs/{job['id']}/run/", {"cause": "x"}, status)


def test_comparing_changes_needs_the_plan_and_the_feature_and_a_deferral(on_plan):
    wanted = {**JOB, "environment_id": CI, "run_compare_changes": True}
    deferring = {**wanted, "deferring_environment_id": CI}
    team = on_plan("team", ["advanced-ci"])
    plain = on_plan("enterprise")
    entitled = on_plan("enterprise_2025", ["advanced-ci"])

    for owner, body in ((team, deferring), (plain, deferring), (entitled, wanted)):
        problems = owner.post(f"{owner.v2}/jobs/", body, status=400)
        assert "run_compare_changes" in problems
    assert entitled.post(f"{entitled.v2}/jobs/", deferring)["run_compare_changes"] is True


def test_azure_devops_is_for_enterprise(on_plan):
    body = {
        "remote_url": "https://dev.azure.com/a/b/_git/c",
        "git_clone_strategy": "azure_active_directory_app",
    }
    path = f"/v3/accounts/{ACCOUNT}/projects/{PROJECT}/repositories/"

    problems = on_plan("team").post(path, body, status=400)

    assert "git_clone_strategy" in problems
    assert on_plan("enterprise").post(path, body)["remote_backend"] == "azure_active_directory"
