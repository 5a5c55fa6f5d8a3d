"""The account of a stack, reached as the stack reaches it."""

import os

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.account.connection import NO_TOKEN, read_access_url, read_account_id
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem

TOKEN = "dbtcloud:token"  # noqa: S105 - the name of a key


def connect(stack: PulumiStack) -> DbtCloudApi:
    """Return a client for the stack's account.

    Raises:
        CommandError: The configuration does not say how to reach it.
    """
    problems: list[Problem] = []
    written = stack.config()
    account_id = read_account_id(written.get("dbtcloud:accountId"), problems)
    access_url = read_access_url(written.get("dbtcloud:hostUrl"), problems)
    # Each question to `pulumi` takes a while.
    configured = stack.secret_config(TOKEN) if TOKEN in written else ""
    token = configured or os.environ.get("DBT_CLOUD_TOKEN")
    if not token:
        problems.append(NO_TOKEN)
    if account_id is None or access_url is None or not token:
        raise CommandError(str(ConfigurationError(f"stack {stack.full_name()}", problems)))
    return DbtCloudApi(access_url, account_id, token)
