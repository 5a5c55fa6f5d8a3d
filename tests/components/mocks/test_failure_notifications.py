"""Who is told when a job fails."""

import pytest
from pulumi_dbtcloud_datafold import (
    ConfigurationError,
    FailureNotifications,
    FailureNotificationsArgs,
)

from tests.components.mocks.recording import NOTIFICATION, WEBHOOK, run


def test_each_address_the_channel_and_the_webhook_are_told_of_failures():
    args = FailureNotificationsArgs(
        job_ids=[7, 8],
        user_id=1,
        emails=["team@example.com", "lead@example.com"],
        slack_channel={"id": "C1", "name": "#data"},
        webhook_url="https://example.com/hook",
    )

    declared = run(lambda: FailureNotifications("failures", args))

    sent = declared.inputs[NOTIFICATION]
    assert sent["failures-email-team@example.com"] == {
        "userId": 1,
        "notificationType": 4,
        "externalEmail": "team@example.com",
        "onFailures": [7, 8],
    }
    assert sent["failures-slack"] == {
        "userId": 1,
        "notificationType": 2,
        "slackChannelId": "C1",
        "slackChannelName": "#data",
        "onFailures": [7, 8],
    }
    assert len(sent) == 3
    assert declared.inputs[WEBHOOK]["failures-webhook"] == {
        "name": "Datafold jobs failed",
        "clientUrl": "https://example.com/hook",
        "eventTypes": ["job.run.errored"],
        "jobIds": [7, 8],
        "active": True,
    }


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
        ({"emails": ["team"], "user_id": 1}, r"emails\[0\]"),
        ({"webhook_url": "http://example.com"}, "webhook_url"),
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
