"""Notifications when a job fails."""

import pulumi
import pytest
from pulumi_dbtcloud_datafold import (
    ConfigurationError,
    FailureNotifications,
    FailureNotificationsArgs,
)

from tests.components.mocks.recording import NOTIFICATION, WEBHOOK, run


def test_each_address_can_have_events_of_its_own():
    args = FailureNotificationsArgs(
        job_ids=[7],
        user_id=1,
        events=["failure", "cancel"],
        emails=["team@example.com"],
        email_events={"lead@example.com": ["success", "warning"]},
        slack_channel={"id": "C1", "name": "#data", "events": ["cancel"]},
    )

    sent = run(lambda: FailureNotifications("failures", args)).inputs[NOTIFICATION]

    events = {
        name: {key for key in inputs if key.startswith("on")} for name, inputs in sent.items()
    }
    assert events == {
        "failures-email-team@example.com": {"onFailures", "onCancels"},
        "failures-email-lead@example.com": {"onSuccesses", "onWarnings"},
        "failures-slack": {"onCancels"},
    }


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({}, "nobody gets the notifications"),
        ({"emails": ["team@example.com"]}, "user_id is missing"),
        *(
            ({"emails": [address], "user_id": 1}, r"emails\[0\]")
            for address in ("team", "<a@b.de>", "a@b@c.de", "a@b.de, c@d.de", "a@.de", "a@b.")
        ),
        ({"slack_channel": {"id": "#data", "name": "#data"}, "user_id": 1}, r"slack_channel\.id"),
        ({"slack_channel": {"id": "D012345", "name": "#data"}, "user_id": 1}, r"slack_channel\.id"),
        *(
            ({"webhook_url": address}, "webhook_url")
            for address in ("http://example.com", "https://", "https://:80/", "https://a:99999/")
        ),
        ({"email_events": {"team@example.com": []}, "user_id": 1}, "there is nothing in it"),
        ({"emails": ["a@b.c"], "events": ["failed"], "user_id": 1}, r"events\[0\]"),
        (
            {"emails": ["a@b.c"], "email_events": {"A@b.c": ["success"]}, "user_id": 1},
            "an e-mail address is there twice",
        ),
    ],
)
def test_what_could_not_reach_anybody_is_refused(args, problem):
    with pytest.raises(ConfigurationError, match=problem):
        run(lambda: FailureNotifications("failures", {"job_ids": [7], **args}))


@pytest.mark.parametrize(
    "address",
    [
        "https://user:made-up@example.com/hook",
        "https://made-up@example.com/hook",
        "https://example.com/hook?token=made-up",
        "https://example.com/hook?a=1&X-Api-Key=made-up",
        "https://example.com/hook?a=1;%74oken=made-up",
        "https://example.com/hook;jwt=made-up",
        "https://example.com/hook#access_token=made-up",
    ],
)
def test_an_address_with_a_secret_in_plain_text_is_refused_without_echo(address):
    with pytest.raises(ConfigurationError) as refused:
        run(lambda: FailureNotifications("failures", {"job_ids": [7], "webhook_url": address}))

    assert "there is a secret in this address" in str(refused.value)
    assert "config set --secret dbtcloud-datafold:secret_webhook_url" in str(refused.value)
    assert "as a secret Output" in str(refused.value)
    assert "made-up" not in str(refused.value)


def test_an_address_with_a_secret_passes_as_an_output():
    def program():
        address = pulumi.Output.secret("https://example.com/hook?token=made-up")
        FailureNotifications("failures", {"job_ids": [7], "webhook_url": address})

    sent = run(program).inputs[WEBHOOK]["failures-webhook"]["clientUrl"]

    assert "made-up" in str(sent)
