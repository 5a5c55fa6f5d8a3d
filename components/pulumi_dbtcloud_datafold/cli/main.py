"""The command's entry: its subcommands, and errors as one message."""

import sys

import click

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.cli.adopt import adopt
from pulumi_dbtcloud_datafold.cli.check.command import check
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.exit_codes import ERROR
from pulumi_dbtcloud_datafold.cli.init.command import init
from pulumi_dbtcloud_datafold.cli.pipeline import pipeline
from pulumi_dbtcloud_datafold.cli.recover.command import recover
from pulumi_dbtcloud_datafold.cli.review.command import review
from pulumi_dbtcloud_datafold.cli.sheet import sheet
from pulumi_dbtcloud_datafold.cli.show import show
from pulumi_dbtcloud_datafold.cli.workflows.command import workflows

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Everything around `pulumi up` for dbt Cloud and Datafold.

    Run it where you run `pulumi`: it uses the same stack, the same configuration, the same `pulumi`.
    """


cli.add_command(adopt)
cli.add_command(check)
cli.add_command(init)
cli.add_command(pipeline)
cli.add_command(recover)
cli.add_command(review)
cli.add_command(sheet)
cli.add_command(show)
cli.add_command(workflows)


def main() -> None:
    """Run the command and exit."""
    try:
        code = cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = ERROR
    except (CommandError, DbtCloudError) as error:
        click.echo(f"error: {error}", err=True)
        code = ERROR
    except OSError as error:
        # A file that cannot be read or written; what goes over the network has errors of its own.
        click.echo(f"error: {error.filename}: {error.strerror}", err=True)
        code = ERROR
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    sys.exit(code)
