"""How the commands end: 0 well, 1 something was found, or is left to decide, 2 an error."""

from typing import Any

import click

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.cli.errors import CommandError

WELL, FOUND, ERROR = 0, 1, 2


class FindingCommand(click.Command):
    """A command that ends with 2 on an error, as 1 means that it has found something."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; a mistake in them is an error."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.show()
            ctx.exit(ERROR)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run the command and return its code."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            error.show()
        except (CommandError, DbtCloudError) as error:
            click.echo(f"error: {error}", err=True)
        except OSError as error:
            click.echo(f"error: {error.filename}: {error.strerror}", err=True)
        return ERROR
