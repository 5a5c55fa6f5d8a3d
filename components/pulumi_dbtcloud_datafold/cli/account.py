"""The account of a stack, reached as the stack reaches it."""

import os
from collections.abc import Mapping
from typing import Any

from pulumi_dbtcloud_datafold.account import connection
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError

TOKEN = "dbtcloud:token"  # noqa: S105 - the name of a key


def connect(stack: PulumiStack, provider: Mapping[str, Any] | None = None) -> DbtCloudApi:
    """Return a client for the stack's account.

    Args:
        stack: Its configuration comes first, then the provider's environment variables.
        provider: Inputs of the provider in the stack's state, for a program that sets them itself.

    Raises:
        CommandError: The configuration does not say how to reach it.
    """
    config = stack.config()
    # Each question to `pulumi` takes a while.
    configured_token = stack.secret_config(TOKEN) if TOKEN in config else None
    recorded = provider or {}

    def configured(key: str, variable: str) -> str | None:
        value = config.get(f"dbtcloud:{key}")
        if value is None and variable not in os.environ and key in recorded:
            value = str(recorded[key])
        return value

    token = connection.read_token(configured_token)
    if token is None and "DBT_CLOUD_TOKEN" not in os.environ:
        token = recorded.get("token")
    found = connection.resolve(
        configured("accountId", "DBT_CLOUD_ACCOUNT_ID"),
        configured("hostUrl", "DBT_CLOUD_HOST_URL"),
        token,
    )
    if isinstance(found, connection.Unknown):
        raise CommandError(str(ConfigurationError(f"stack {stack.full_name()}", found.problems)))
    address, token = found
    return DbtCloudApi(address.access_url, address.account_id, token)
