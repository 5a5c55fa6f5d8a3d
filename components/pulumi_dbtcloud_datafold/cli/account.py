"""The account of a stack, reached as the stack reaches it."""

import os
from collections.abc import Mapping
from typing import Any

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.account.connection import NO_TOKEN, read_access_url, read_account_id
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem

TOKEN = "dbtcloud:token"  # noqa: S105 - the name of a key


def connect(stack: PulumiStack, provider: Mapping[str, Any] | None = None) -> DbtCloudApi:
    """Return a client for the stack's account.

    Args:
        stack: Its configuration comes first, then the provider's environment variables.
        provider: Inputs of the provider in the stack's state, for a program that sets them itself.

    Raises:
        CommandError: The configuration does not say how to reach it.
    """
    problems: list[Problem] = []
    written = stack.config()
    known = provider or {}

    def address(key: str, variable: str) -> str | None:
        recorded = None if variable in os.environ else known.get(key)
        return written.get(f"dbtcloud:{key}") or (str(recorded) if recorded else None)

    account_id = read_account_id(address("accountId", "DBT_CLOUD_ACCOUNT_ID"), problems)
    access_url = read_access_url(address("hostUrl", "DBT_CLOUD_HOST_URL"), problems)
    # Each question to `pulumi` takes a while.
    configured = stack.secret_config(TOKEN) if TOKEN in written else ""
    token = configured or os.environ.get("DBT_CLOUD_TOKEN", known.get("token"))
    if not token:
        problems.append(NO_TOKEN)
    if account_id is None or access_url is None or not token:
        raise CommandError(str(ConfigurationError(f"stack {stack.full_name()}", problems)))
    return DbtCloudApi(access_url, account_id, token)
