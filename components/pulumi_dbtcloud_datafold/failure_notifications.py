"""Notifications when a job fails: by e-mail, Slack and webhook."""

import re
from typing import Annotated, Any, ClassVar, NotRequired, TypedDict
from urllib.parse import parse_qsl, urlsplit

import pulumi
import pulumi_dbtcloud as dbtcloud
from pydantic import AfterValidator, Field, model_validator

from pulumi_dbtcloud_datafold.settings.field_types import DbtCloudId, DisplayName, Form, no_repeats
from pulumi_dbtcloud_datafold.settings.problems import broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel, checked_inputs

_WAY_TO_HIDE_IT = (
    "give the address to FailureNotifications as a secret Output, in a program of your own, or take one without a "
    "secret; the receiver can check the signature of each call"
)

SLACK, EXTERNAL_EMAIL = 2, 4
"""The provider's `notification_type`; 1, the e-mail of a user, is that user's own setting."""

_CREDENTIAL = re.compile(r"token|key|secret|sig|pass|auth|code|cred", re.IGNORECASE)
"""Names of query parameters that hold what nobody else may know."""


def _no_credentials(value: str) -> str:
    no_address = broken_rule(
        "this is not the address of a web server", "write e.g. https://hooks.example.com/dbt"
    )
    try:
        parts = urlsplit(value)
        is_possible = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise no_address from None
    if not is_possible:
        raise no_address
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    if "@" in parts.netloc or any(map(_CREDENTIAL.search, names)):
        raise broken_rule(
            "there is a secret in this address, which preview and state would show",
            _WAY_TO_HIDE_IT,
        )
    return value


EmailAddress = Annotated[
    str,
    Form(
        r"^[^@\s<>()\[\],;:\"\\]+@[^@\s<>()\[\],;:\"\\.]+(\.[^@\s<>()\[\],;:\"\\.]+)+$",
        "this is not an e-mail address",
        "write the address alone, e.g. data-team@example.com",
    ),
]
WebhookUrl = Annotated[
    str,
    Form(
        r"^https://\S+$",
        "this is not an address that dbt Cloud can call safely",
        "write the whole address, beginning with https://",
    ),
    AfterValidator(_no_credentials),
]


class SlackChannelArgs(TypedDict):
    """A Slack channel; dbt Cloud's Slack integration must be set up."""

    id: pulumi.Input[str]
    """Id of a public channel, shown at the bottom of the channel's settings, e.g. `C0123456789`."""
    name: pulumi.Input[str]
    """Name, e.g. `#data`."""


class FailureNotificationsSettingsArgs(TypedDict):
    """Who gets the notifications: at least one of `emails`, `slack_channel` and `webhook_url`."""

    emails: NotRequired[list[pulumi.Input[str]]]
    """Addresses to write to. Needs `user_id`. Default: none."""
    slack_channel: NotRequired[SlackChannelArgs]
    """Channel to write to. Needs `user_id`. Default: none."""
    user_id: NotRequired[pulumi.Input[int]]
    """dbt Cloud user that e-mail and Slack notifications belong to; for Slack, the one who set up the
    integration. Default: none."""
    webhook_url: NotRequired[pulumi.Input[str]]
    """Address that dbt Cloud calls, over https. Default: none."""


class FailureNotificationsArgs(FailureNotificationsSettingsArgs):
    """Inputs of `FailureNotifications`."""

    job_ids: list[pulumi.Input[int]]
    """Jobs whose failures are notified."""


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


class FailureNotificationsSettings(SettingsModel):
    """`FailureNotificationsSettingsArgs`, checked."""

    args_type: ClassVar[type] = FailureNotificationsSettingsArgs

    emails: (
        Annotated[list[EmailAddress], Field(min_length=1), AfterValidator(no_repeats)] | None
    ) = None
    slack_channel: SlackChannel | None = None
    user_id: DbtCloudId | None = None
    webhook_url: WebhookUrl | None = None

    @model_validator(mode="after")
    def _someone_is_notified(self) -> "FailureNotificationsSettings":
        if self.emails is None and self.slack_channel is None and self.webhook_url is None:
            raise broken_rule(
                "nobody gets the notifications",
                "add emails, slack_channel or webhook_url, or remove the block",
            )
        if self.user_id is None and (self.emails is not None or self.slack_channel is not None):
            raise broken_rule(
                "e-mail and Slack notifications belong to a dbt Cloud user, and user_id is missing",
                "add user_id; it is in the URL of the user's page in Account settings, Users",
            )
        return self


class FailureNotificationsInputs(FailureNotificationsSettings):
    """`FailureNotificationsArgs`, checked."""

    args_type: ClassVar[type] = FailureNotificationsArgs

    job_ids: Annotated[list[DbtCloudId], Field(min_length=1)]


class FailureNotifications(pulumi.ComponentResource):
    """Notifications by e-mail, Slack and webhook when one of some jobs fails.

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
        child = pulumi.ResourceOptions(parent=self, protect=False)

        def notify(role: str, notification_type: int, **target: Any) -> None:  # noqa: ANN401 - the provider's inputs
            dbtcloud.Notification(
                f"{name}-{role}",
                user_id=inputs.user_id,
                notification_type=notification_type,
                on_failures=inputs.job_ids,
                **target,
                opts=child,
            )

        for number, address in enumerate(inputs.emails or [], start=1):
            role = f"email-{address}" if isinstance(address, str) else f"email-{number}"
            notify(role, EXTERNAL_EMAIL, external_email=address)
        if channel := inputs.slack_channel:
            notify("slack", SLACK, slack_channel_id=channel.id, slack_channel_name=channel.name)
        self.hmac_secret = pulumi.Output.secret(None)
        if inputs.webhook_url:
            webhook = dbtcloud.Webhook(
                f"{name}-webhook",
                name="Datafold jobs failed",
                client_url=inputs.webhook_url,
                event_types=["job.run.errored"],
                job_ids=inputs.job_ids,
                active=True,
                opts=child,
            )
            self.hmac_secret = pulumi.Output.secret(webhook.hmac_secret)
        self.register_outputs({"hmac_secret": self.hmac_secret})
