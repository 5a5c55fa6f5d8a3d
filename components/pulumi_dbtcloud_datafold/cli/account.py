"""The account of a stack, reached as the stack reaches it."""

from pulumi_dbtcloud_datafold.account import connection
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError

TOKEN = "dbtcloud:token"  # noqa: S105 - the name of a key


def connect(stack: PulumiStack) -> DbtCloudApi:
    """Return a client for the stack's account.

    Raises:
        CommandError: The configuration does not say how to reach it.
    """
    config = stack.config()
    # Each question to `pulumi` takes a while.
    configured_token = stack.secret_config(TOKEN) if TOKEN in config else None
    found = connection.resolve(
        config.get("dbtcloud:accountId"),
        config.get("dbtcloud:hostUrl"),
        connection.read_token(configured_token),
    )
    if isinstance(found, connection.Unknown):
        raise CommandError(str(ConfigurationError(f"stack {stack.full_name()}", found.problems)))
    address, token = found
    return DbtCloudApi(address.access_url, address.account_id, token)
