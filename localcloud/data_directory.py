"""Where a server keeps its state, as every command is told it."""

from pathlib import Path

import click

option = click.option(
    "--data",
    "data_dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".local/cloud"),
    show_default=True,
    envvar="LOCALCLOUD_DATA",
    show_envvar=True,
    help="Data directory of the server.",
)
