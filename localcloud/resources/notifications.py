"""Notifications: who gets a message when runs of which jobs end."""

from typing import Final, Literal

from pydantic import Field

from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.errors import InvalidRequestError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete
from localcloud.resources.records import changed, new_record
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, DELETED, Doc

ROUTES = Routes("notifications")

KIND = "notification"
_ON = ("on_cancel", "on_failure", "on_warning", "on_success")
_INTERNAL: Final = 1
_SLACK: Final = 2
_EXTERNAL: Final = 4


class NotificationBody(Body):
    """What a notification is made or replaced with."""

    user_id: int
    type: Literal[1, 2, 3, 4, 5] = _INTERNAL
    on_cancel: list[int] = Field(default_factory=list)
    on_failure: list[int] = Field(default_factory=list)
    on_warning: list[int] = Field(default_factory=list)
    on_success: list[int] = Field(default_factory=list)
    state: Literal[1, 2] = ACTIVE
    external_email: str | None = None
    slack_channel_id: str | None = None
    slack_channel_name: str | None = None


_A = "/v2/accounts/{account_id}/notifications/"


@ROUTES.get(_A)
def list_notifications(call: Call) -> Answer:
    """The notifications. Source: the provider's `notification.go`."""
    filters = {"user_id": "user_id", "type": "type"}
    return list_page(call, KIND, filters=filters, project_field=None).answer()


@ROUTES.post(_A)
def create_notification(call: Call) -> Answer:
    """A new notification. Source: the provider's `notification.go`."""
    body = _checked(call)
    _check_email(call, body, None)
    if body.type == _INTERNAL:
        where = [equals("user_id", body.user_id), equals("type", _INTERNAL)]
        if call.session.count(KIND, [*where, equals("state", ACTIVE)]):
            problem = "this user has a notification already; change that one"
            raise InvalidRequestError({"user_id": problem})
    return created(call.session.add(KIND, new_record(call, body.model_dump())))


@ROUTES.get(_A + "{notification_id}/")
def get_notification(call: Call) -> Answer:
    """A notification. Source: the provider's `notification.go`."""
    return Answer(_load(call))


@ROUTES.post(_A + "{notification_id}/")
def update_notification(call: Call) -> Answer:
    """Replace a notification, or delete it with `state: 2`. The body need not have the id.

    Source: the provider's `notification.go`.
    """
    notification = _load(call)
    body = call.body.read(NotificationBody)
    if body.state == DELETED:
        return Answer(delete(call.session, KIND, notification))
    body = _checked(call)
    _check_email(call, body, notification["id"])
    changes = body.model_dump()
    return Answer(call.session.put(KIND, changed(call, notification, changes)))


def _load(call: Call) -> Doc:
    return call.load(KIND, call.param("notification_id"))


def _check_email(call: Call, body: NotificationBody, own_id: int | None) -> None:
    """Refuse a second notification of the same external address; letters of either case are alike.

    Source: https://github.com/dbt-labs/terraform-provider-dbtcloud/issues/534

    Raises:
        InvalidRequestError: Another notification has the address.
    """
    if body.type != _EXTERNAL or body.external_email is None:
        return
    where = [
        equals("account_id", call.account_id),
        equals("type", _EXTERNAL),
        equals("state", ACTIVE),
    ]
    for other in call.session.find(KIND, where):
        same = (other["external_email"] or "").lower() == body.external_email.lower()
        if same and other["id"] != own_id:
            problem = f"notification {other['id']} has this address already; change that one"
            raise InvalidRequestError({"external_email": problem})


def _checked(call: Call) -> NotificationBody:
    body = call.body.read(NotificationBody)
    call.referred("user", body.user_id, "user_id")
    problems = {}
    if body.type == _EXTERNAL and not body.external_email:
        problems["external_email"] = "required key not provided"
    if body.type == _SLACK and not (body.slack_channel_id and body.slack_channel_name):
        problems["slack_channel_id"] = "the channel's id and name are required"
    for name in _ON:
        for job_id in getattr(body, name):
            job = call.session.get("job", job_id)
            if job is None or job["account_id"] != call.account_id:
                problems[name] = f"there is no job {job_id}"
    if problems:
        raise InvalidRequestError(problems)
    return body
