"""How the commands that find things end: 0 well, 1 something was found, 2 an error."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.cli.errors import CommandError

WELL, FOUND, ERROR = 0, 1, 2

P = ParamSpec("P")


def two_is_an_error(command: Callable[P, int]) -> Callable[P, int]:
    """Return the command so that an error ends it with 2, as 1 means that it has found something."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> int:
        try:
            return command(*arguments, **options)
        except (CommandError, DbtCloudError) as error:
            click.echo(f"error: {error}", err=True)
        except OSError as error:
            click.echo(f"error: {error.filename}: {error.strerror}", err=True)
        return ERROR

    return run
