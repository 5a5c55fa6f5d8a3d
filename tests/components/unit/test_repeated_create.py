"""What is said of a webhook that dbt Cloud has already, where its address is a secret."""

import httpx
import pulumi
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.connection import Connection
from pulumi_dbtcloud_datafold.notification_guard import WebhookGuard

from localcloud.testing import NO_TLS, TOKEN
from tests.components.unit.engine import child, component, hook_call, in_a_run, urn_of

ADDRESS = "https://user:made-up@example.com/hook"


def test_a_webhook_with_the_same_secret_address_is_named_without_it(cloud, capsys):
    body = {"name": "a", "event_types": ["job.run.errored"], "job_ids": [], "active": True}
    there = httpx.post(
        f"{cloud.url}/v3/accounts/1/webhooks/subscriptions",
        json={**body, "client_url": ADDRESS},
        headers={"Authorization": f"Token {TOKEN}"},
        trust_env=False,
        verify=NO_TLS,
    ).json()["data"]
    parent = component("FailureNotifications", "failures")
    webhook = child(parent, "dbtcloud:index/webhook:Webhook", "webhook")

    async def program():
        account = Connection(1, AccessUrl(cloud.origin), pulumi.Output.secret(TOKEN))
        guard = WebhookGuard(resource=webhook, parents=[parent], connection=account)
        new = {"name": "a", "clientUrl": pulumi.Output.secret(ADDRESS)}
        await guard.before_create(hook_call(urn_of(webhook, parent), new=new))

    in_a_run(program, {})

    warning = capsys.readouterr().err
    assert f"Delete webhook {there['id']} in dbt Cloud" in warning
    assert "made-up" not in warning
