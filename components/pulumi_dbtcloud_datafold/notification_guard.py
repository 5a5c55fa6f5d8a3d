"""What is looked at before a notification or a webhook is created, in preview and in up.

dbt Cloud has one notification for each address, and as many as it gets for each Slack channel.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

import pulumi

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, DbtCloudError
from pulumi_dbtcloud_datafold.account.connection import Address, Connection, Unknown
from pulumi_dbtcloud_datafold.engine.account_questions import Once, ask
from pulumi_dbtcloud_datafold.engine.guard import GuardError, is_adoption_preview
from pulumi_dbtcloud_datafold.engine.repeated_create import SecondThingGuard
from pulumi_dbtcloud_datafold.engine.run_context import run_context
from pulumi_dbtcloud_datafold.engine.stack_state import stack_outputs


class _Listings(Once[Address, list[dict[str, Any]]]):
    """The notifications of accounts."""


@dataclass(kw_only=True)
class NotificationGuard(SecondThingGuard):
    """The checks of one notification."""

    thing: ClassVar[str] = "notification"
    place: ClassVar[str] = "Account settings, Notifications"

    def alike(self, api: DbtCloudApi, inputs: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Return the notifications of this Slack channel."""
        channel = inputs.get("slackChannelId")
        return (
            notification
            for notification in api.notifications()
            if channel == notification.get("slack_channel_id")
        )

    async def before_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse a second notification for an e-mail address; warn of one for a Slack channel."""
        connection, inputs = self.connection, args.new_inputs or {}
        if "slackChannelId" in inputs:
            await super().before_create(args)
            return
        address = inputs.get("externalEmail")
        if isinstance(connection, Unknown) or not isinstance(address, str) or is_adoption_preview():
            return
        found = (
            await run_context().part(_Listings).ask(connection.address, lambda: _all(connection))
        )
        for other in found:
            if (other.get("external_email") or "").lower() == address.lower():
                raise GuardError(_second(address, other["id"]))

    async def after_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Report a second one for a Slack channel."""
        if "slackChannelId" in (args.new_inputs or {}):
            await super().after_create(args)


@dataclass(kw_only=True)
class WebhookGuard(SecondThingGuard):
    """The checks of one webhook."""

    thing: ClassVar[str] = "webhook"
    place: ClassVar[str] = "Account settings, Webhooks"

    def alike(self, api: DbtCloudApi, inputs: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Return the webhooks that call the same address."""
        return (
            webhook
            for webhook in api.webhooks()
            if webhook.get("client_url") == inputs.get("clientUrl")
        )


async def _all(connection: Connection) -> list[dict[str, Any]]:
    try:
        return await ask(connection, lambda api: api.notifications()) or []
    except DbtCloudError as error:
        if error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            return []  # This token may create notifications all the same; dbt Cloud answers that itself.
        raise


def _second(address: str, number: int) -> str:
    one = f"{address} has notification {number} already, and dbt Cloud has one for each address"
    if any(outputs.get("id") == str(number) for outputs in stack_outputs().values()):
        return f"{one}. It belongs to this stack under another name: take the address out and bring that up first"
    place = f"dbt Cloud ({NotificationGuard.place})"
    return f"{one}. Delete notification {number} in {place}, or take the address out here"
