"""The command `env`."""

import click

from devstack import machine
from toolchain import home


def env(port: int | None) -> None:
    """Print the lines that set the environment, for `eval` or `source`."""
    for line in home.export_lines(machine.prepare(port).variables):
        click.echo(line)
