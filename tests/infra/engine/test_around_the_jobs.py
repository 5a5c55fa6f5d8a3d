"""Notifications and variables, through the real engine."""

from tests.infra.engine.deployment import ANALYTICS, MARKETING

HOOK = {"webhook_url": "https://example.com/hook", "emails": ["team@example.com"], "user_id": 1}
SLACK = {"slack_channel": {"id": "C0123456789", "name": "#data"}}


def test_failures_of_production_and_artifacts_jobs_are_notified(stack):
    projects = {"analytics": ANALYTICS, "marketing": MARKETING}
    stack.configure(projects=projects, notifications=HOOK | SLACK)

    stack.up()

    jobs, kept = stack.jobs(), stack.cloud.control.resources()
    names = ("10 Production", "10 Merge", "20 Production", "20 Datafold artifacts")
    watched = {jobs[name]["id"] for name in names}
    by_email, by_slack = sorted(
        kept["notification"], key=lambda notification: notification["slack_channel_id"] or ""
    )
    [webhook] = kept["webhook"]
    assert set(by_email["on_failure"]) == set(by_slack["on_failure"]) == watched
    assert by_email["external_email"] == "team@example.com"
    assert (by_slack["slack_channel_id"], by_slack["slack_channel_name"]) == (
        "C0123456789",
        "#data",
    )
    assert set(map(int, webhook["job_ids"])) == watched
    assert webhook["event_types"] == ["job.run.errored"]
    stack.assert_settled()


def test_a_jobs_environment_variables_are_set_and_a_secret_in_the_file_is_refused(stack):
    stack.ask_cloud(
        "POST",
        "/v3/accounts/1/projects/10/environment-variables/bulk/",
        body={"env_var": {"new_name": "DBT_REGION", "project": "us"}},
    )
    with_variable = {**ANALYTICS, "merge_job": {"environment_variables": {"DBT_REGION": "eu"}}}
    stack.configure(projects={"analytics": with_variable})

    stack.up()

    number = stack.jobs()["10 Merge"]["id"]
    path = "/v3/accounts/1/projects/10/environment-variables/job/"
    variables = stack.cloud_get(f"{path}?job_definition_id={number}").json()["data"]
    assert variables["DBT_REGION"]["job"]["value"] == "eu"
    stack.assert_settled()

    secret = {**ANALYTICS, "merge_job": {"environment_variables": {"DBT_ENV_SECRET_X": "made-up"}}}
    stack.configure(projects={"analytics": secret})
    refused = stack.preview(fails=True)
    assert (
        "merge_job.environment_variables.DBT_ENV_SECRET_X would put a secret into"
        in refused.one_line
    )
    assert "made-up" not in refused.text


def test_what_is_around_the_jobs_can_be_edited_in_a_protected_stack(stack):
    message = {**HOOK, "emails": ["team@example.com", "lead@example.com"]}
    stack.configure(projects={"analytics": ANALYTICS}, notifications=message, protect=True)
    stack.up()

    stack.configure(projects={"analytics": ANALYTICS}, notifications=HOOK, protect=True)
    stack.up()

    kept = stack.cloud.control.resources()["notification"]
    assert [
        notification["external_email"] for notification in kept if notification["state"] == 1
    ] == ["team@example.com"]


def test_events_reach_dbt_cloud_and_an_address_that_has_a_notification_is_named_first(stack):
    every = {"emails": ["team@example.com"], "events": ["failure", "cancel"], "user_id": 1}
    every |= {"email_events": {"lead@example.com": ["success", "warning"]}}
    by_hand = {"account_id": 1, "user_id": 1, "type": 4, "external_email": "Lead@example.com"}
    lists = {"on_cancel": [], "on_failure": [], "on_success": [], "on_warning": [], "state": 1}
    path = "/v2/accounts/1/notifications/"
    number = stack.cloud_post(path, by_hand | lists).json()["data"]["id"]
    stack.configure(projects={"analytics": ANALYTICS}, notifications=every)

    refused = stack.preview(fails=True)
    stack.cloud_post(f"{path}{number}/", by_hand | lists | {"state": 2})
    stack.up()

    assert f"lead@example.com has notification {number} already" in refused.one_line
    kept = [
        notification
        for notification in stack.cloud.control.resources()["notification"]
        if notification["state"] == 1
    ]
    jobs = {stack.jobs()[name]["id"] for name in ("10 Production", "10 Merge")}
    filled = {
        notification["external_email"]: {
            key for key in lists if key != "state" and set(notification[key]) == jobs
        }
        for notification in kept
    }
    assert filled == {
        "team@example.com": {"on_failure", "on_cancel"},
        "lead@example.com": {"on_success", "on_warning"},
    }
    stack.assert_settled()
