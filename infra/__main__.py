"""Declare the stack named on the command line."""

import pulumi
from pulumi_dbtcloud_datafold import ConfigurationError
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError

from infra import account_checks, config, stack

try:
    loaded = config.load(f"Pulumi.{pulumi.get_stack()}.yaml")
    stack.declare(loaded, account_checks.check(loaded).environment_ids)
except (ConfigurationError, DbtCloudError) as error:
    raise pulumi.RunError(str(error)) from None
