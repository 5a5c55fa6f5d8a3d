"""Declare the stack named on the command line."""

import pulumi
from pulumi_dbtcloud_datafold import ConfigurationError

from infra import config, stack

try:
    stack.declare(config.load(f"Pulumi.{pulumi.get_stack()}.yaml"))
except ConfigurationError as error:
    raise pulumi.RunError(str(error)) from None
