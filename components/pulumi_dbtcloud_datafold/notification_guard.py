"""What is looked at before a notification is created, in preview and in up: dbt Cloud has one for each address."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.account.connection import Address, Connection, Unknown
from pulumi_dbtcloud_datafold.engine.account_questions import Once, ask
from pulumi_dbtcloud_datafold.engine.guard import Guard, GuardError, is_adoption_preview
from pulumi_dbtcloud_datafold.engine.run_context import run_context
from pulumi_dbtcloud_datafold.engine.stack_state import stack_outputs


class _Listings(Once[Address, list[dict[str, Any]]]):
    """The notifications of accounts."""


@dataclass(kw_only=True)
class NotificationGuard(Guard):
    """The check of one notification.

    Attributes:
        connection: Where to look. Nothing is looked at if the account is not known.
    """

    connection: Connection | Unknown

    async def before_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse a second notification for an e-mail address."""
        await super().before_create(args)
        connection, address = self.connection, (args.new_inputs or {}).get("externalEmail")
        if isinstance(connection, Unknown) or not isinstance(address, str) or is_adoption_preview():
            return
        found = (
            await run_context().part(_Listings).ask(connection.address, lambda: _all(connection))
        )
        for other in found:
            if (other.get("external_email") or "").lower() == address.lower():
                raise GuardError(_second(address, other["id"]))


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
    return f"{one}. Delete it in dbt Cloud (Account settings, Notifications), or take the address out here"
