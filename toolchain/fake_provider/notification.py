"""`dbtcloud.Notification`: who gets a message when a job ends.

From documentation, not from recordings: https://github.com/dbt-labs/terraform-provider-dbtcloud,
pkg/framework/objects/notification and pkg/dbt_cloud/notification.go.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from toolchain.fake_provider import sdk
from toolchain.fake_provider.api import STATE_ACTIVE, STATE_DELETED, Api, Document, picked
from toolchain.fake_provider.failure import doing
from toolchain.fake_provider.resource import Found, Problem, Resource, Rule, number_of
from toolchain.fake_provider.values import Properties

_EVENTS = {
    "onCancels": "on_cancel",
    "onFailures": "on_failure",
    "onSuccesses": "on_success",
    "onWarnings": "on_warning",
}

_CHANNELS = {
    "externalEmail": "external_email",
    "slackChannelId": "slack_channel_id",
    "slackChannelName": "slack_channel_name",
}


class _Type(IntEnum):
    """Where a notification goes."""

    USER = 1
    SLACK = 2
    EXTERNAL_EMAIL = 4


_INCOMPATIBLE = "Notification type is not compatible with the other attributes"


class Notification(Resource):
    """A dbt Cloud job notification."""

    shape = sdk.resource("Notification")
    excluded: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "external_email": ("slack_channel_id", "slack_channel_name"),
        "slack_channel_id": ("external_email",),
        "slack_channel_name": ("external_email",),
    }
    missing_warning = "The notification resource was not found and has been removed from the state."
    rules: ClassVar[Mapping[str, Rule]] = {
        "id": Rule(computed=True),
        **{name: Rule(default=[], unordered=True) for name in _EVENTS},
        "notificationType": Rule(default=int(_Type.USER)),
        "state": Rule(default=STATE_ACTIVE),
        "userId": Rule(replaces=True),
    }

    def problems(self, inputs: Properties) -> list[Problem]:
        """Addresses that do not go with the type."""
        given = set(inputs) & set(_CHANNELS)
        detail = ""
        match inputs.get("notificationType"):
            case _Type.USER if given:
                detail = (
                    "Notification type 1 is for internal notifications only. Please remove the "
                    "external email, slack channel ID, and slack channel name attributes."
                )
            case _Type.SLACK if not given & {"slackChannelId", "slackChannelName"}:
                detail = "Notification type 2 requires a Slack channel ID and Slack channel name."
            case _Type.EXTERNAL_EMAIL if "externalEmail" not in given:
                detail = "Notification type 4 requires an external email."
        if not detail:
            return []
        return [Problem(reason=f"{_INCOMPATIBLE}. {detail}", path="notificationType")]

    def create(self, api: Api, planned: Properties) -> Found:
        """POST the notification."""
        with doing("Unable to create notification", "Error"):
            made = api.post("v2", "notifications/", _body(api, planned))
        return Found(id=str(made["id"]), state={**planned, "id": str(made["id"])})

    def read(self, api: Api, resource_id: str, state: Properties) -> Found | None:
        """GET the notification."""
        refusal = 'Error importing the notification: "{}" is not the number of one; give it'
        number = number_of(resource_id, state, refusal)
        with doing("Error getting the notification"):
            notification = api.get("v2", f"notifications/{number}/")
        return Found(id=number, state=_read(notification, number))

    def update(self, api: Api, state: Properties, planned: Properties) -> Properties:
        """POST the notification as planned."""
        with doing("Error updating notification"):
            api.send("v2", f"notifications/{state['id']}/", _body(api, planned))
        return planned

    def delete(self, api: Api, state: Properties) -> None:
        """GET the notification, and POST it as deleted."""
        path = f"notifications/{state['id']}/"
        with doing("Error getting the notification"):
            notification = api.get("v2", path)
        body = picked(
            notification,
            numbers="account_id user_id type",
            pointers=f"id {' '.join(_CHANNELS.values())}",
            lists=" ".join(_EVENTS.values()),
        )
        with doing("Error deleting the notification"):
            api.send("v2", path, {**body, "state": STATE_DELETED})


def _body(api: Api, planned: Properties) -> Document:
    return {
        "account_id": api.account_id,
        "user_id": planned["userId"],
        "type": planned["notificationType"],
        "state": planned["state"],
        **{field_name: planned[name] for name, field_name in _EVENTS.items()},
        **{field_name: planned.get(name) for name, field_name in _CHANNELS.items()},
    }


def _read(notification: Document, number: str) -> Properties:
    return {
        "id": number,
        "notificationType": notification["type"],
        "state": notification.get("state"),
        "userId": notification["user_id"],
        **{name: notification.get(field_name) or [] for name, field_name in _EVENTS.items()},
        **{name: notification.get(field_name) for name, field_name in _CHANNELS.items()},
    }
