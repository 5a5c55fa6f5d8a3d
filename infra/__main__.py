"""Declare the stack named on the command line."""

import pulumi
from pulumi_dbtcloud_datafold import ConfigurationError, DatafoldIntegration
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
    options = stack.declare_provider(loaded)
    integrations = {}
    for name, project in loaded.stack.projects.items():
        args = stack.integration_args(name, project, checked.environment_ids[name], options)
        # Not in a function: the state keeps the whole call stack of each resource, and is written at each step.
        integrations[name] = DatafoldIntegration(
            name, args, options(project.previous_names, project.protect)
        )
    stack.declare_rest(loaded, integrations, options)
except (ConfigurationError, DbtCloudError) as error:
    raise pulumi.RunError(str(error)) from None
