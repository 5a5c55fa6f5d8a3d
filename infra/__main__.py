"""Declare the stack named on the command line."""

import pulumi
from pulumi_dbtcloud_datafold import ConfigurationError
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.engine import account_contents

from infra import account_checks, config, stack

try:
    loaded = config.load(f"Pulumi.{pulumi.get_stack()}.yaml")
    checked = account_checks.check(loaded)
    account_contents.share(
        loaded.connection.address,
        checked.listing.projects,
        checked.listing.environments,
        checked.listing.jobs,
    )
    stack.declare(loaded, checked.environment_ids)
except (ConfigurationError, DbtCloudError) as error:
    raise pulumi.RunError(str(error)) from None
