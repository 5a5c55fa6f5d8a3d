"""`dbtcloud.Webhook`: an address that dbt Cloud calls at certain events of jobs.

From documentation, not from recordings: https://github.com/dbt-labs/terraform-provider-dbtcloud,
pkg/framework/objects/webhook and pkg/dbt_cloud/webhook.go.
"""

from collections.abc import Mapping
from typing import ClassVar

from toolchain.fake_provider import sdk
from toolchain.fake_provider.api import Api, Document
from toolchain.fake_provider.failure import doing
from toolchain.fake_provider.resource import Found, Resource, Rule
from toolchain.fake_provider.values import Properties

_LIST = "webhooks/subscriptions"
_CHOSEN_BY_SERVICE = {
    "accountIdentifier": "account_identifier",
    "httpStatusCode": "http_status_code",
    "webhookId": "id",
}


class Webhook(Resource):
    """A webhook. Its signing key is in the answer to its creation only."""

    shape = sdk.resource("Webhook")
    required = frozenset({"name"})
    missing_warning = "The webhook was not found and has been removed from the state."
    rules: ClassVar[Mapping[str, Rule]] = {
        **{name: Rule(computed=True) for name in ("id", *_CHOSEN_BY_SERVICE)},
        "active": Rule(default=True),
        "description": Rule(default=""),
        "hmacSecret": Rule(computed=True, secret=True),
        "jobIds": Rule(unordered=True),
    }

    def create(self, api: Api, planned: Properties) -> Found:
        """POST the webhook."""
        with doing("Unable to create webhook"):
            made = api.post("v3", _LIST, _body(planned, ""))
        state = {**planned, **_read(made), "hmacSecret": made["hmac_secret"]}
        return Found(id=str(made["id"]), state=state)

    def read(self, api: Api, resource_id: str, state: Properties) -> Found | None:
        """GET the webhook."""
        number = str(state.get("id") or resource_id)
        with doing("Error getting the webhook"):
            webhook = api.get("v3", _one(number))
        known = {name: value for name, value in state.items() if name == "hmacSecret"}
        return Found(id=number, state={**_read(webhook), **known})

    def update(self, api: Api, state: Properties, planned: Properties) -> Properties:
        """PUT the webhook as planned."""
        number = str(state["id"])
        with doing("Unable to update webhook"):
            webhook = api.put("v3", _one(number), _body(planned, number))
        return {**planned, **_read(webhook)}

    def delete(self, api: Api, state: Properties) -> None:
        """DELETE the webhook."""
        with doing("Error deleting the webhook"):
            api.delete("v3", _one(str(state["id"])))


def _one(number: str) -> str:
    return f"webhooks/subscription/{number}"


def _body(planned: Properties, number: str) -> Document:
    body: Document = {
        "id": number,
        "name": planned["name"],
        "client_url": planned["clientUrl"],
        "event_types": planned["eventTypes"],
        "job_ids": planned.get("jobIds") or [],
        "active": planned["active"],
    }
    if planned.get("description"):
        body["description"] = planned["description"]
    return body


def _read(webhook: Document) -> Properties:
    found: Properties = {
        "id": webhook["id"],
        "name": webhook["name"],
        "clientUrl": webhook["client_url"],
        "description": webhook.get("description") or "",
        "eventTypes": webhook["event_types"],
        "jobIds": [int(job_id) for job_id in webhook.get("job_ids") or []] or None,
        "active": webhook["active"],
        **{name: webhook.get(field_name) for name, field_name in _CHOSEN_BY_SERVICE.items()},
    }
    return {name: value for name, value in found.items() if value is not None}
