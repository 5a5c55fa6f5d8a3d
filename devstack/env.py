"""The command `env`."""

import click

from devstack import machine
from toolchain import home


def env(port: int | None) -> None:
    """Start the local dbt Cloud, and print the lines that set the environment, for `eval` or `source`."""
    for line in home.export_lines(machine.prepare_with_cloud(port).variables):
        click.echo(line)
