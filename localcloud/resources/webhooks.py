"""Webhook subscriptions. Their paths have no slash at the end, and one of them is singular."""

import re
import secrets
from typing import Literal

from pydantic import Field

from localcloud.cancellation import CancellationToken
from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.errors import InvalidRequestError, NotFoundError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete
from localcloud.resources.records import changed, new_record
from localcloud.state.store import ACTIVE, Doc
from localcloud.webhooks.delivery import send
from localcloud.webhooks.messages import body as message

ROUTES = Routes("webhooks")

KIND = "webhook"
_ID = re.compile(r"wsu_(\d{1,18})")


class WebhookBody(Body):
    """What a webhook is made or replaced with."""

    name: str = Field(min_length=1)
    description: str | None = None
    client_url: str = Field(pattern=r"^https?://")
    event_types: list[Literal["job.run.started", "job.run.completed", "job.run.errored"]] = Field(
        min_length=1
    )
    job_ids: list[int] = Field(default_factory=list)
    active: bool = True


_A = "/v3/accounts/{account_id}/webhooks/"


@ROUTES.get(_A + "subscriptions")
def list_webhooks(call: Call) -> Answer:
    """The webhooks. Source: dbt Cloud's OpenAPI, version 3."""
    page = list_page(call, KIND, project_field=None)
    page.items[:] = [webhook_view(webhook) for webhook in page.items]
    return page.answer()


@ROUTES.post(_A + "subscriptions")
def create_webhook(call: Call) -> Answer:
    """A new webhook; only this answer has the secret that signs its messages.

    Source: the provider's `webhook.go`.
    """
    fields = {
        **_sent(call).model_dump(),
        "http_status_code": "0",
        "dispatched_at": None,
        "deactivate_reason": None,
    }
    doc = call.session.add(KIND, new_record(call, fields))
    hmac_secret = secrets.token_hex(20)
    call.session.set_secret(KIND, doc["id"], "hmac_secret", hmac_secret)
    return created({**webhook_view(doc), "hmac_secret": hmac_secret})


@ROUTES.get(_A + "subscription/{webhook_id}")
def get_webhook(call: Call) -> Answer:
    """A webhook. Source: the provider's `webhook.go`."""
    return Answer(webhook_view(_load(call)))


@ROUTES.put(_A + "subscription/{webhook_id}")
def update_webhook(call: Call) -> Answer:
    """Replace a webhook; an inactive one that gets another URL is active again.

    One that is active and gets another URL and `active: false` at once becomes inactive.

    Source: the provider's `obj/webhook` and its tests.
    """
    webhook = _load(call)
    body = _sent(call)
    sent = body.model_dump()
    if body.client_url != webhook["client_url"] and not webhook["active"]:
        sent["active"] = True
    doc = changed(call, webhook, sent)
    if doc["active"]:
        doc["deactivate_reason"] = None
    return Answer(webhook_view(call.session.put(KIND, doc)))


@ROUTES.delete(_A + "subscription/{webhook_id}")
def remove_webhook(call: Call) -> Answer:
    """Delete a webhook; answers its id only. Source: dbt Cloud's OpenAPI, version 3."""
    return Answer({"id": webhook_view(delete(call.session, KIND, _load(call)))["id"]})


@ROUTES.get(_A + "subscription/{webhook_id}/test")
def try_webhook(call: Call) -> Answer:
    """Send the webhook a message about no run; answer the outcome.

    Source: https://docs.getdbt.com/docs/deploy/webhooks, which does not document that message.
    """
    webhook = _load(call)
    key = call.session.secrets_of(KIND, webhook["id"])["hmac_secret"]
    content = message(webhook, call.services.clock.now(), {"webhookName": webhook["name"]})
    outcome = send(webhook["client_url"], key, content, CancellationToken())
    return Answer(
        {
            "verification_error": outcome.problem,
            "verification_status_code": None if outcome.status is None else str(outcome.status),
        }
    )


def webhook_view(webhook: Doc) -> Doc:
    """The webhook as the API returns it: its id is text, an empty description is absent."""
    view = {
        **webhook,
        "id": f"wsu_{webhook['id']}",
        "account_identifier": f"act_{webhook['account_id']}",
    }
    if not view["description"]:
        del view["description"]
    return view


def _load(call: Call) -> Doc:
    match = _ID.fullmatch(call.params["webhook_id"])
    if match is None:
        raise NotFoundError
    return call.load(KIND, int(match[1]))


def _sent(call: Call) -> WebhookBody:
    body = call.body.read(WebhookBody)
    for index, job_id in enumerate(body.job_ids):
        job = call.session.get("job", job_id)
        if job is None or job["state"] != ACTIVE or job["account_id"] != call.account_id:
            raise InvalidRequestError({"job_ids": {str(index): f"there is no job {job_id}"}})
    return body
