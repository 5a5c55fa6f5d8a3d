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
        slack_channel={"id": "C0123456789", "name": "#data"},
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
        "slackChannelId": "C0123456789",
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


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({}, "nobody gets the notifications"),
        ({"emails": ["team@example.com"]}, "user_id is missing"),
        ({"emails": ["team"], "user_id": 1}, r"emails\[0\]"),
        ({"slack_channel": {"id": "#data", "name": "#data"}, "user_id": 1}, r"slack_channel\.id"),
        ({"slack_channel": {"id": "D012345", "name": "#data"}, "user_id": 1}, r"slack_channel\.id"),
        ({"webhook_url": "http://example.com"}, "webhook_url"),
    ],
)
def test_what_could_not_reach_anybody_is_refused(args, problem):
    with pytest.raises(ConfigurationError, match=problem):
        run(lambda: FailureNotifications("failures", {"job_ids": [7], **args}))
