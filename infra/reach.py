"""What the account is asked before anything is declared, so that a mistake is one clear message."""

import os

import pulumi
from pulumi_dbtcloud_datafold.dbt_cloud_api import DbtCloudApi

from infra import environments
from infra.config import LoadedConfig


def ask(config: LoadedConfig) -> dict[str, dict[str, int]]:
    """Ask for the account and for the environments that the configuration names; see `environments.look_up`.

    Raises:
        ConfigurationError: An environment is not what it is to be.
        DbtCloudError: The account cannot be reached with this token; the message names the likely cause.
    """
    token = pulumi.runtime.get_config("dbtcloud:token") or os.environ.get("DBT_CLOUD_TOKEN", "")
    account = config.connection
    with DbtCloudApi(account.access_url, account.account_id, token) as api:
        api.account()
        return environments.look_up(config.stack.projects, config.source, api)
