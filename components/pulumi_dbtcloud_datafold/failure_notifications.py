"""Notifications when a job fails, or ends in another way: by e-mail, Slack and webhook."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, NotRequired, TypedDict
from urllib.parse import unquote, urlsplit

import pulumi
import pulumi_dbtcloud as dbtcloud
from pydantic import AfterValidator, Field, model_validator

from pulumi_dbtcloud_datafold.account.access_url import names_server
from pulumi_dbtcloud_datafold.account.connection import find
from pulumi_dbtcloud_datafold.engine.guard import add_guard, hooks, parents_of
from pulumi_dbtcloud_datafold.notification_guard import NotificationGuard, WebhookGuard
from pulumi_dbtcloud_datafold.settings.field_types import (
    DbtCloudId,
    DisplayName,
    Form,
    no_repeats,
    unseen_character,
)
from pulumi_dbtcloud_datafold.settings.problems import broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel, checked_inputs

_WAY_TO_HIDE_IT = (
    "in a stack file run `pulumi config set --secret dbtcloud-datafold:secret_webhook_url`, paste it there, and remove "
    "it here; in a program of your own give it as a secret Output"
)

SLACK, EXTERNAL_EMAIL = 2, 4
"""The provider's `notification_type`; 1, the e-mail of a user, is that user's own setting."""

Event = Literal["cancel", "failure", "success", "warning"]
_JOB_LISTS: dict[Event, str] = {
    "cancel": "on_cancels",
    "failure": "on_failures",
    "success": "on_successes",
    "warning": "on_warnings",
}
"""The provider's input that lists the jobs, for each event."""

_CREDENTIAL = re.compile(
    r"[^?&;#/=]*(token|key|secret|sig|pass|pwd|auth|code|cred|jwt|session)[^?&;#/=]*=",
    re.IGNORECASE,
)
"""A name with its equals sign, whose value nobody else may know."""


def _of_a_server(value: str) -> str:
    no_address = broken_rule(
        "this is not the address of a web server", "write e.g. https://hooks.example.com/dbt"
    )
    try:
        parts = urlsplit(value)
        is_possible = names_server(parts) and parts.port != 0
    except ValueError:
        raise no_address from None
    if not is_possible:
        raise no_address
    return value


def _no_credentials(value: str) -> str:
    parts = urlsplit(value)
    if "@" in parts.netloc or _CREDENTIAL.search(unquote(value)):
        raise broken_rule(
            "there is a secret in this address, which preview and state would show",
            _WAY_TO_HIDE_IT,
        )
    return value


def _seen(value: str) -> str:
    if unseen := unseen_character(value):
        raise broken_rule(
            f"this address has the character {unseen}, which nobody sees", "write it anew"
        )
    return value


_WORD = r"[^\s@<>()\[\],;:\"\\.]+"
_LABEL = rf"(?!-){_WORD}(?<!-)"
EmailAddress = Annotated[
    str,
    Form(
        rf"^(?=.{{3,254}}$){_WORD}(\.{_WORD})*@{_LABEL}(\.{_LABEL})+$",
        "this is not an e-mail address",
        "write the address alone, e.g. data-team@example.com",
    ),
    AfterValidator(_seen),
]
SecretWebhookUrl = Annotated[
    str,
    Form(
        r"^https://[!-~]+$",
        "this is not an address that dbt Cloud can call safely",
        "write the whole address, beginning with https://",
    ),
    AfterValidator(_of_a_server),
]
"""The address of a webhook, which may have a secret in it."""
WebhookUrl = Annotated[SecretWebhookUrl, AfterValidator(_no_credentials)]


Events = Annotated[list[Event], Field(min_length=1), AfterValidator(no_repeats)]


class SlackChannelArgs(TypedDict):
    """A Slack channel; dbt Cloud's Slack integration must be set up."""

    id: pulumi.Input[str]
    """Id of a public channel, shown at the bottom of the channel's settings, e.g. `C0123456789`."""
    name: pulumi.Input[str]
    """Name, e.g. `#data`."""
    events: NotRequired[list[str]]
    """What the channel gets. Default: `events` of the block around it."""


class FailureNotificationsSettingsArgs(TypedDict):
    """Who gets the notifications: at least one of `emails`, `email_events`, `slack_channel` and `webhook_url`."""

    events: NotRequired[list[str]]
    """How a run ends that is notified by e-mail and Slack: `cancel`, `failure`, `success`, `warning`.
    Default: failure."""
    emails: NotRequired[list[pulumi.Input[str]]]
    """Addresses to write to. Needs `user_id`. Default: none."""
    email_events: NotRequired[dict[str, list[str]]]
    """Further addresses, each with events of its own. Needs `user_id`. Default: none."""
    slack_channel: NotRequired[SlackChannelArgs]
    """Channel to write to. Needs `user_id`. Default: none."""
    user_id: NotRequired[pulumi.Input[int]]
    """dbt Cloud user that e-mail and Slack notifications belong to; for Slack, the one who set up the
    integration. Default: none."""
    webhook_url: NotRequired[pulumi.Input[str]]
    """Address that dbt Cloud calls when a run fails, over https. One with a secret in it must be an Output, which
    is kept secret. Default: none."""


class FailureNotificationsArgs(FailureNotificationsSettingsArgs):
    """Inputs of `FailureNotifications`."""

    job_ids: list[pulumi.Input[int]]
    """Jobs whose runs are notified."""


class SlackChannel(SettingsModel):
    """`SlackChannelArgs`, checked."""

    args_type: ClassVar[type] = SlackChannelArgs

    id: Annotated[
        str,
        Form(
            r"^[CG][A-Z0-9]+$",
            "this is not the id of a Slack channel",
            "copy it from the bottom of the channel's settings in Slack, e.g. C0123456789; the name goes to name",
        ),
    ]
    name: DisplayName
    events: Events | None = None


class FailureNotificationsSettings(SettingsModel):
    """`FailureNotificationsSettingsArgs`, checked."""

    args_type: ClassVar[type] = FailureNotificationsSettingsArgs

    events: Events = Field(default=["failure"])
    emails: (
        Annotated[list[EmailAddress], Field(min_length=1), AfterValidator(no_repeats)] | None
    ) = None
    email_events: Annotated[dict[EmailAddress, Events], Field(min_length=1)] | None = None
    slack_channel: SlackChannel | None = None
    user_id: DbtCloudId | None = None
    webhook_url: WebhookUrl | None = None

    @model_validator(mode="after")
    def _someone_is_notified(self) -> "FailureNotificationsSettings":
        of_a_user = (self.emails, self.email_events, self.slack_channel)
        if of_a_user == (None, None, None) and self.webhook_url is None:
            raise broken_rule(
                "nobody gets the notifications",
                "add emails, slack_channel or webhook_url, or remove the block",
            )
        if self.user_id is None and of_a_user != (None, None, None):
            raise broken_rule(
                "e-mail and Slack notifications belong to a dbt Cloud user, and user_id is missing",
                "add user_id; it is in the URL of the user's page in Account settings, Users",
            )
        return self

    @model_validator(mode="after")
    def _one_notification_per_address(self) -> "FailureNotificationsSettings":
        emails = [*(self.emails or ()), *(self.email_events or ())]
        addresses = [address.lower() for address in emails if isinstance(address, str)]
        if len(set(addresses)) < len(addresses):
            raise broken_rule(
                "an e-mail address is there twice, and dbt Cloud has one notification for each",
                "list it once, in emails or in email_events; capital letters make no difference",
            )
        return self


class FailureNotificationsInputs(FailureNotificationsSettings):
    """`FailureNotificationsArgs`, checked."""

    args_type: ClassVar[type] = FailureNotificationsArgs

    job_ids: Annotated[list[DbtCloudId], Field(min_length=1)]


class FailureNotifications(pulumi.ComponentResource):
    """Notifications by e-mail, Slack and webhook when a run of one of some jobs fails, or ends in another way.

    Declares one `dbtcloud.Notification` for each address and for the channel, and one `dbtcloud.Webhook`. Does not set
    up dbt Cloud's Slack integration.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: https://docs.getdbt.com/docs/deploy/job-notifications , https://docs.getdbt.com/docs/deploy/webhooks
    """

    hmac_secret: pulumi.Output[str | None]
    """Secret. Signs the webhook's calls; none without a webhook. Readable only at creation."""

    def __init__(
        self,
        name: str,
        args: FailureNotificationsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the notifications; `name` is the Pulumi name."""
        inputs = checked_inputs(FailureNotificationsInputs, args, f"FailureNotifications '{name}'")
        super().__init__("dbtcloud-datafold:index:FailureNotifications", name, None, opts)
        # Protection is for numbers and secrets that others have.
        guarded = pulumi.ResourceOptions(
            parent=self, protect=False, hooks=hooks("before_create", "after_create")
        )
        account = find()

        def notify(
            role: str,
            notification_type: int,
            events: Sequence[Event],
            **target: Any,  # noqa: ANN401 - the provider's inputs
        ) -> None:
            jobs: dict[str, Any] = {_JOB_LISTS[event]: inputs.job_ids for event in events}
            notification = dbtcloud.Notification(
                f"{name}-{role}",
                user_id=inputs.user_id,
                notification_type=notification_type,
                **jobs,
                **target,
                opts=guarded,
            )
            parents = parents_of(self, opts)
            add_guard(NotificationGuard(resource=notification, parents=parents, connection=account))

        for number, address in enumerate(inputs.emails or [], start=1):
            role = f"email-{address}" if isinstance(address, str) else f"email-{number}"
            notify(role, EXTERNAL_EMAIL, inputs.events, external_email=address)
        for address, events in (inputs.email_events or {}).items():
            notify(f"email-{address}", EXTERNAL_EMAIL, events, external_email=address)
        if channel := inputs.slack_channel:
            events = channel.events or inputs.events
            target = {"slack_channel_id": channel.id, "slack_channel_name": channel.name}
            notify("slack", SLACK, events, **target)
        self.hmac_secret = pulumi.Output.secret(None)
        if webhook_url := inputs.webhook_url:
            is_secret = not isinstance(webhook_url, str)
            # The provider's answer repeats the address, and is not secret by itself.
            hidden = pulumi.ResourceOptions(
                additional_secret_outputs=["client_url"] if is_secret else None
            )
            webhook = dbtcloud.Webhook(
                f"{name}-webhook",
                name="Datafold jobs failed",
                client_url=pulumi.Output.secret(webhook_url) if is_secret else webhook_url,
                event_types=["job.run.errored"],
                job_ids=inputs.job_ids,
                active=True,
                opts=pulumi.ResourceOptions.merge(guarded, hidden),
            )
            add_guard(
                WebhookGuard(resource=webhook, parents=parents_of(self, opts), connection=account)
            )
            self.hmac_secret = pulumi.Output.secret(webhook.hmac_secret)
        self.register_outputs({"hmac_secret": self.hmac_secret})
