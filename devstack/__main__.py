"""The dev stack on this machine: engine, provider, local dbt Cloud and stack, up and down.

`make` runs it; `python -m devstack --help` lists the commands. The stack program does not import it.
"""

import errno
import sys

import click

from devstack.down import down
from devstack.env import env
from devstack.file_backend import UnreadableStateError
from devstack.machine import PORT, CommandError
from devstack.shell import shell
from devstack.story.command import story
from devstack.up import up
from toolchain.errors import ToolchainError

_NO_ROOM_OR_RIGHT = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT),
    *(errno.EEXIST, errno.ENOTDIR),  # A file is where a folder is to be.
)

_PORT_OPTION = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Where a local dbt Cloud is to listen. Default: where it did last, or else {PORT}, or the next free one.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run the dev stack on this machine, without an account."""


for command in (up, story, down, shell, env):
    cli.command(_PORT_OPTION(command))


def main() -> None:
    """Run the command; a mistake of the machine is one message."""
    try:
        cli()
    except (ToolchainError, UnreadableStateError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    except CommandError as error:
        sys.exit(error.code)
    except OSError as error:
        if error.errno not in _NO_ROOM_OR_RIGHT:
            raise
        click.echo(
            f"error: {error}: the clone and the cache need room and the right to write", err=True
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
