"""One look that says whether all is well, with faults made behind Pulumi's back."""

import json

import jsonschema

from tests.components.cli import command
from tests.components.cli.account import NIGHTLY
from tests.components.cli.check.behind import Checked
from tests.infra.engine.deployment import ANALYTICS, MARKETING, ROOT


def test_a_stack_in_order_is_well_and_nothing_is_changed_and_no_secret_shown(checked):
    secret = checked.stack.outputs("--show-secrets")["service_token_string"]
    before = checked.stack.cloud.control.resources()

    ran = command.run(checked.stack, "check")

    assert ran.stdout.startswith("all is well in 3 jobs, 2 environments, 1 token (")
    assert "asking dbt Cloud at" in ran.stderr
    after = checked.stack.cloud.control.resources()
    assert {kind: len(found) for kind, found in after.items()} == {
        kind: len(found) for kind, found in before.items()
    }
    assert after["job"] == before["job"]
    assert secret not in ran.text


def test_a_stack_that_never_was_up_is_an_error(stack):
    stack.configure(projects={"marketing": MARKETING})

    ran = command.run(stack, "check", code=2)

    assert "Run `pulumi up` first" in ran.one_line


def test_a_new_stack_without_a_run_names_the_jobs_to_start(stack):
    stack.configure(projects={"marketing": MARKETING})
    stack.up()

    ran = command.run(stack, "check", code=1)

    jobs = stack.jobs()
    artifacts, production = jobs["20 Datafold artifacts"]["id"], jobs["20 Production"]["id"]
    assert "defers to environment 201, in which no run has ever been successful" in ran.one_line
    # Not the artifacts job, which builds no table.
    assert f"start job {production} 'Production' once" in ran.one_line
    assert f"start job {artifacts} 'Datafold artifacts' once" in ran.one_line
    assert f"{stack.cloud.origin}/deploy/1/projects/20/jobs/{artifacts}" in ran.one_line
    assert "2 errors in" in ran.stdout

    with stack.cloud.store.writing() as session:
        session.put("project", {**session.get("project", 20), "repository_id": None})
    ran = command.run(stack, "check", code=1)

    assert "project 20 'Marketing'" in ran.one_line
    assert "it has no repository" in ran.one_line
    assert "attach the project's repository first" in ran.one_line


# As declared.


def test_each_changed_setting_of_a_job_is_named_in_words(checked):
    checked.change_job("10 Merge", triggers={"on_merge": False}, execute_steps=["dbt compile"])
    checked.change_job(
        "10 Production",
        triggers={"schedule": False},
        settings={"threads": 8, "target_name": "default"},
    )
    checked.change_job("10 Pull requests", deferring_environment_id=None)

    found = {finding["number"]: finding for finding in checked.check()["job-changed"]}

    merge = found[checked.number("10 Merge")]
    assert merge["problem"] == (
        "on merge: declared yes, is no; steps: declared `dbt build`, is `dbt compile`"
    )
    assert merge["severity"] == "error"
    assert merge["project"] == "analytics"
    production = found[checked.number("10 Production")]["problem"]
    assert "schedule: declared daily at 02:00 UTC, is none" in production
    assert "threads: declared 4, is 8" in production
    pull_requests = found[checked.number("10 Pull requests")]["problem"]
    assert pull_requests == "defers to: declared environment 101, is nothing"


def test_what_is_declared_by_default_is_compared_too(checked):
    checked.change_job("10 Pull requests", run_lint=True, triggers_on_draft_pr=True)
    checked.change_job("10 Production", description="by hand", generate_docs=True)

    findings = checked.check("--fail-on", "warning", code=1)["job-changed"]
    found = {finding["number"]: finding for finding in findings}

    pull_requests = found[checked.number("10 Pull requests")]
    assert "lint: declared no, is yes" in pull_requests["problem"]
    assert "on draft pull requests: declared no, is yes" in pull_requests["problem"]
    production = found[checked.number("10 Production")]
    assert (
        production["problem"] == "description: declared none, is by hand; docs: declared no, is yes"
    )
    assert production["severity"] == "warning"

    # The fix helps, and only what is asked for ends the command with 1.
    checked.change_job("10 Pull requests", run_lint=False, triggers_on_draft_pr=False)
    assert "job-changed" in checked.check("--fail-on", "error", code=0)
    assert "`pulumi up --refresh`" in production["fix"]
    checked.stack.up("--refresh")
    assert checked.check(code=0) == {}


def test_what_no_refresh_sees_is_found(checked):
    """Settings that the provider does not read, or that belong to things that the stack does not declare."""
    merge, production = checked.number("10 Merge"), checked.number("10 Production")
    condition = {"job_id": production, "project_id": 10, "statuses": [10]}
    checked.change("job", merge, job_completion_trigger_condition={"condition": condition})
    variables = "/v3/accounts/1/projects/10/environment-variables"
    checked.stack.ask_cloud(
        "POST", f"{variables}/bulk/", body={"env_var": {"new_name": "DBT_REGION", "project": "us"}}
    )
    override = {"account_id": 1, "project_id": 10, "job_definition_id": merge, "type": "job"}
    override |= {"name": "DBT_REGION", "raw_value": "eu"}
    checked.stack.ask_cloud("POST", f"{variables}/", body=override)
    checked.change("environment", 102, deployment_type="production")

    found = checked.check()

    assert found.keys() == {"job-changed", "variable-added", "pull-requests-in-production"}
    [changed], [added] = found["job-changed"], found["variable-added"]
    assert changed["problem"] == f"after another job: declared no, is job {production}"
    assert (added["number"], added["problem"][-10:]) == (merge, "DBT_REGION")

    checked.change("project", 10, state=2)
    assert checked.check()["project-gone"][0]["number"] == 10


def test_jobs_and_tokens_that_are_gone_are_found(checked):
    number = checked.number("10 Pull requests")
    checked.stack.cloud_delete(f"/v2/accounts/1/jobs/{number}/")
    [token] = checked.stack.tokens()
    checked.stack.cloud_delete(f"/v3/accounts/1/service-tokens/{token['id']}/")

    found = checked.check()

    assert [one["number"] for one in found["job-gone"]] == [number]
    assert [one["number"] for one in found["token-gone"]] == [token["id"]]


def test_notifications_and_webhooks_are_compared(bring_up):
    notifications = {
        "emails": ["data@example.com"],
        "slack_channel": {"id": "C0123456789", "name": "#data"},
        "user_id": 1,
        "webhook_url": "https://example.com/secret-hook",
    }
    projects = {"analytics": {**ANALYTICS, "first_run": True}}
    notified = Checked(bring_up(projects=projects, notifications=notifications))
    assert notified.check(code=0) == {}
    notification, slack = sorted(
        notified.stack.cloud.control.resources()["notification"],
        key=lambda one: one["slack_channel_id"] is not None,
    )
    [webhook] = notified.stack.cloud.control.resources()["webhook"]
    assert webhook["client_url"] == "https://example.com/secret-hook"
    notified.change("notification", notification["id"], on_failure=[])
    notified.change("webhook", webhook["id"], active=False)

    found = notified.check()

    assert "on failure" in found["notification-changed"][0]["problem"]
    assert found["webhook-changed"][0]["problem"] == "it was changed in dbt Cloud: active"

    notified.change("notification", notification["id"], state=2)
    number = notified.copy("notification", slack["id"])
    notified.copy("webhook", webhook["id"])
    found = notified.check()
    assert found["notification-gone"]
    [second] = found["left-over-notification"]
    assert (second["subject"], second["severity"]) == (f"notification {number}", "note")
    assert f"for the same Slack channel as notification {slack['id']}" in second["problem"]
    assert "for the same address" in found["left-over-webhook"][0]["problem"]
    assert "secret-hook" not in json.dumps(found)


def test_an_environment_of_the_stack_is_compared(bring_up):
    environments = {"production": {"id": 101}, "pull_request": {"create": {"name": "CI 2"}}}
    made = Checked(
        bring_up(
            projects={"analytics": {**ANALYTICS, "environments": environments, "first_run": True}}
        )
    )
    assert made.check(code=0) == {}
    [environment] = [
        one for one in made.stack.cloud.control.resources()["environment"] if one["name"] == "CI 2"
    ]
    number = made.copy("environment", environment["id"])
    made.change("environment", environment["id"], dbt_version="1.5.0-latest")

    found = made.check()

    [changed] = found["environment-changed"]
    assert changed["problem"] == "dbt version: declared latest, is 1.5.0-latest"
    [second] = found["left-over-environment"]
    assert second["number"] == number
    assert f"called like environment {environment['id']}" in second["problem"]


# Works.


def test_a_job_that_fails_says_since_when_and_why(checked):
    checked.fails("10 Merge", "", finished_at="2026-01-01 00:00:00+00:00")
    run_id = checked.fails(
        "10 Merge", "Running with dbt\n\x1b[31mDatabase Error in model orders\x1b[0m\n  no column"
    )

    [finding] = checked.check()["job-fails"]

    assert "it has failed since 2026-01-01 00:00 UTC (2 runs in a row)" in finding["problem"]
    assert finding["problem"].endswith(": Database Error in model orders")
    assert finding["url"].endswith(f"/runs/{run_id}")
    assert finding["number"] == checked.number("10 Merge")


def test_a_failed_pull_request_is_no_finding_until_all_fail(checked):
    for _ in range(4):
        checked.fails("10 Pull requests", "Failure in test unique_id")
    assert checked.check(code=0) == {}

    checked.fails("10 Pull requests", "Failure in test unique_id")

    assert checked.check()["pull-requests-fail"][0]["severity"] == "warning"


def test_a_success_that_is_older_than_three_times_the_schedule_is_found(checked):
    run_id = checked.run("10 Production")
    assert checked.check(code=0) == {}
    checked.change("run", run_id, finished_at="2026-01-01 00:00:00+00:00")

    [finding] = checked.check()["no-recent-success"]

    assert "its last success ended 2026-01-01 00:00 UTC" in finding["problem"]
    assert "it starts every 24 hours" in finding["problem"]


def test_the_age_that_is_still_well_can_be_given(checked):
    checked.change("run", checked.run("10 Merge"), finished_at="2026-01-01 00:00:00+00:00")
    assert checked.check(code=0) == {}

    assert "no-recent-success" in checked.check("--max-age", "1")
    assert "--max-age" in command.run(checked.stack, "check", "--max-age", "-1", code=2).stderr


def test_a_scheduled_job_that_never_ran_is_found(checked):
    number = checked.number("10 Production")
    checked.change("job", number, created_at="2026-01-01T00:00:00+00:00")

    [finding] = checked.check()["never-ran"]

    assert finding["number"] == number
    assert "exists since 2026-01-01 00:00 UTC" in finding["problem"]


def test_a_success_without_a_manifest_is_found(checked):
    run_id = checked.account.runs(checked.number("10 Merge"))[-1]["id"]
    paths = list((checked.stack.folder.parent / "cloud").rglob("manifest.json"))
    for path in paths:
        path.unlink()

    found = checked.check()

    assert f"run {run_id}, has left no manifest.json" in found["no-manifest"][0]["problem"]
    assert f"it compares with run {run_id}" in found["nothing-to-defer-to"][0]["problem"]


def test_runs_that_dbt_cloud_cancelled_are_found_and_those_of_people_are_not(checked):
    for _ in range(2):
        checked.fails("10 Production", status=30, status_message="Cancelled by user.")
    assert checked.check(code=0) == {}

    for _ in range(2):
        checked.fails("10 Production", status=30, status_message="Run exceeded its interval")

    assert "has cancelled 2 of its last 4 runs" in checked.check()["runs-cancelled"][0]["problem"]


def test_a_run_that_does_not_end_is_found(checked):
    open_run = {"status": 3, "finished_at": None}
    run_id = checked.run("10 Merge", **open_run, created_at="2026-01-01 00:00:00+00:00")
    checked.run("10 Merge", **open_run)

    [finding] = checked.check()["run-does-not-end"]

    assert finding["problem"].startswith(f"its run {run_id} of 2026-01-01 00:00 UTC has not")


def test_a_job_that_dbt_cloud_switched_off_is_found(checked):
    checked.change("job", checked.number("10 Production"), deactivated=True)

    [finding] = checked.check()["job-switched-off"]

    assert "switch the job on again" in finding["fix"]


# Reachable.


def test_the_token_of_datafold_is_tried(checked):
    [token] = checked.stack.tokens()
    [permission] = token["permissions"]
    narrower = {**permission, "all_projects": False, "project_id": 20}
    checked.change("service_token", token["id"], permissions=[narrower])

    found = checked.check()

    assert {one["number"] for one in found["datafold-token"]} == {token["id"]}
    assert "as Datafold does" in found["datafold-token"][0]["problem"]
    assert (
        "declared member for all projects, is member for project 20"
        in (found["token-changed"][0]["problem"])
    )


def test_a_repository_without_webhooks_is_found_for_the_jobs_that_wait_for_them(checked):
    [repository] = [
        one
        for one in checked.stack.cloud.control.resources()["repository"]
        if one["project_id"] == 10
    ]
    checked.change("repository", repository["id"], git_clone_strategy="deploy_key")

    found = {one["number"]: one for one in checked.check()["no-webhook"]}

    assert set(found) == {checked.number("10 Merge"), checked.number("10 Pull requests")}
    assert "`trigger: pipeline`" in found[checked.number("10 Merge")]["fix"]


def test_a_plan_without_what_the_stack_uses_is_found(checked):
    checked.change("account", 1, plan="starter_2025")

    ran = command.run(checked.stack, "check", code=1)

    assert "plan starter_2025" in ran.one_line


def test_a_token_that_may_not_read_everything_still_finds_the_rest(checked):
    readonly = {"permission_set": "readonly", "all_projects": True}
    made = checked.account.client.token(readonly)
    checked.stack.extra_env["DBT_CLOUD_TOKEN"] = made["token_string"]
    checked.change_job("10 Merge", triggers={"on_merge": False})

    found = checked.check()

    assert "job-changed" in found
    assert "service tokens" in {one["subject"] for one in found["not-looked-at"]}


def test_a_wrong_token_and_a_wrong_host_are_errors_with_their_likely_cause(checked):
    stack = checked.stack
    stack.extra_env["DBT_CLOUD_TOKEN"] = "wrong"
    wrong_token = command.run(stack, "check", code=2)
    stack.extra_env["DBT_CLOUD_HOST_URL"] = "http://127.0.0.1:1/api"
    wrong_host = command.run(stack, "check", code=2)
    del stack.extra_env["DBT_CLOUD_HOST_URL"]
    stack.extra_env["DBT_CLOUD_TOKEN"] = ""
    no_token = command.run(stack, "check", code=2)

    assert "compare dbtcloud:hostUrl with Access URL" in wrong_token.one_line
    assert "cannot reach dbt Cloud at http://127.0.0.1:1" in wrong_host.one_line
    assert "pulumi config set --secret dbtcloud:token" in no_token.stderr


# Left over and foreign.


def test_what_others_have_put_beside_the_stack_is_found(checked):
    account, production = checked.account, checked.number("10 Production")
    double = account.job("Production", **NIGHTLY)
    other = account.job("By hand", settings={"threads": 4, "target_name": "prod"})
    old = account.job("Old", dbt_version="1.5.0-latest")
    token = account.token("Datafold")
    account.run(other)

    found = checked.check()

    [duplicate] = found["duplicate-job"]
    assert duplicate["number"] == double
    assert f"called like job {production} of the stack" in duplicate["problem"]
    target, version = sorted(one["problem"] for one in found["jobs-disagree"])[::-1]
    assert f"prod: {other} 'By hand'" in target
    assert f"1.5.0-latest: {old} 'Old'" in version
    [foreign] = found["foreign-jobs"]
    assert foreign["severity"] == "warning"
    assert f"job {other} is the newest one now" in foreign["problem"]
    assert [one["number"] for one in found["left-over-token"]] == [token]


def test_a_foreign_job_that_agrees_is_only_a_note(checked):
    checked.account.job("By hand")

    ran = command.run(checked.stack, "check")

    assert "note: analytics: environment 101" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("1 note in")


# The command.


def test_the_json_is_what_its_schema_says(checked):
    checked.change_job("10 Merge", triggers={"on_merge": False})
    checked.change("run", checked.run("10 Merge"), finished_at="2026-01-01 00:00:00+00:00")
    schema = json.loads((ROOT / "docs" / "check.schema.json").read_text())

    document = json.loads(command.run(checked.stack, "check", "--json", code=1).stdout)

    jsonschema.validate(document, schema)
    [source] = document["artifacts"]
    assert source == {
        "project": "analytics",
        "job": checked.number("10 Merge"),
        "last_success": "2026-01-01T00:00:00+00:00",
    }
