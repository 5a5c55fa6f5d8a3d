"""One question to the account before anything is declared: a wrong host, number or token is then one clear message."""

import os

import pulumi
from pulumi_dbtcloud_datafold.connection import Connection
from pulumi_dbtcloud_datafold.dbt_cloud_api import DbtCloudApi


def verify(connection: Connection) -> None:
    """Ask for the account.

    Raises:
        DbtCloudError: It cannot be reached with this token; the message names the likely cause.
    """
    token = pulumi.runtime.get_config("dbtcloud:token") or os.environ.get("DBT_CLOUD_TOKEN", "")
    with DbtCloudApi(connection.access_url, connection.account_id, token) as api:
        api.account()
