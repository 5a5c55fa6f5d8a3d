"""Declare the stack named on the command line."""

import pulumi
from pulumi_dbtcloud_datafold import ConfigurationError
from pulumi_dbtcloud_datafold.dbt_cloud_api import DbtCloudError

from infra import config, reach, stack

try:
    loaded = config.load(f"Pulumi.{pulumi.get_stack()}.yaml")
    stack.declare(loaded, reach.ask(loaded))
except (ConfigurationError, DbtCloudError) as error:
    raise pulumi.RunError(str(error)) from None
