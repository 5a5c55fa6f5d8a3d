"""The messages that dbt Cloud sends the webhooks of an account about its runs.

`job.run.started` is sent when a run begins. When it ends, `job.run.completed` is sent once its
artifacts are there, whether it has succeeded or failed, and before that `job.run.errored` if it has
failed. No event is documented for a run that was cancelled, so none is sent.

Source: https://docs.getdbt.com/docs/deploy/webhooks, with an example of each message.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, Doc, Session

_STARTED, _COMPLETED, _ERRORED = "job.run.started", "job.run.completed", "job.run.errored"

_EVENTS = {
    3: ("Running", (_STARTED,)),
    10: ("Success", (_COMPLETED,)),
    20: ("Errored", (_ERRORED, _COMPLETED)),
}
"""By a run's `status`: its name in messages, and the events, in their order."""


@dataclass(frozen=True)
class Message:
    """One event for one webhook.

    Attributes:
        webhook_id: Whom it is for.
        key: The webhook's signing key, by which it is known again after a reset of the state.
        body: What is sent, each time it is tried.
    """

    webhook_id: int
    key: str = field(repr=False)
    body: bytes


def announce(session: Session, run: Doc, now: datetime) -> None:
    """Queue a message about the run's status for each webhook that asks for it.

    Args:
        session: The state, in the writing transaction of the change.
        run: As it is being stored.
        now: When it changed.
    """
    status_name, events = _EVENTS.get(run["status"], ("", ()))
    if not events:
        return
    where = [equals("account_id", run["account_id"]), equals("state", ACTIVE)]
    webhooks = session.find("webhook", where)
    for event in events:
        for webhook in webhooks:
            if _is_subscribed(webhook, event, run):
                data = _data(session, run, status_name, event)
                content = {"eventType": event, "webhookName": webhook["name"], "data": data}
                key = session.secrets_of("webhook", webhook["id"]).get("hmac_secret", "")
                session.announce(Message(webhook["id"], key, body(webhook, now, content)))


def body(webhook: Doc, now: datetime, content: dict[str, Any]) -> bytes:
    """A message to the webhook: the common fields, and `content`."""
    frame = {
        "accountId": webhook["account_id"],
        "webhookId": f"wsu_{webhook['id']}",
        "eventId": f"wev_{secrets.token_hex(14)}",
        "timestamp": _utc(now, "microseconds"),
    }
    return json.dumps({**frame, **content}).encode()


def _is_subscribed(webhook: Doc, event: str, run: Doc) -> bool:
    jobs = webhook["job_ids"]
    return (
        webhook["active"]
        and event in webhook["event_types"]
        and (not jobs or run["job_definition_id"] in jobs)
    )


def _data(session: Session, run: Doc, status_name: str, event: str) -> dict[str, Any]:
    """The run as messages describe it: numbers as text except the status, only times that have passed."""
    ended = "runErroredAt" if event == _ERRORED else "runFinishedAt"
    times = {"runStartedAt": run["started_at"], ended: run["finished_at"]}
    return {
        "jobId": str(run["job_definition_id"]),
        "jobName": _name(session, "job", run["job_definition_id"]),
        "runId": str(run["id"]),
        "environmentId": str(run["environment_id"]),
        "environmentName": _name(session, "environment", run["environment_id"]),
        "dbtVersion": run["dbt_version"],
        "projectName": _name(session, "project", run["project_id"]),
        "projectId": str(run["project_id"]),
        "runStatus": status_name,
        "runStatusCode": run["status"],
        # The documented examples have the text "None", too.
        "runStatusMessage": str(run["status_message"]),
        "runReason": run["trigger"]["cause"],
        **{
            name: _utc(datetime.fromisoformat(moment), "seconds")
            for name, moment in times.items()
            if moment is not None
        },
    }


def _name(session: Session, kind: str, resource_id: int) -> str:
    doc = session.get(kind, resource_id)
    return "" if doc is None else str(doc["name"])


def _utc(moment: datetime, precision: str) -> str:
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")
