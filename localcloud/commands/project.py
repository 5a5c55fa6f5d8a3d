"""`localcloud project add`: adds a project that can be run to the running server."""

from pathlib import Path

import click

from localcloud.commands import data_directory


@click.group("project")
def project() -> None:
    """Projects of the running server."""


@project.command("add")
@click.argument("name")
@click.option(
    "--sample",
    default="analytics",
    show_default=True,
    help="The sample project that its repository is made from: analytics or marketing.",
)
@data_directory.option
def add(name: str, sample: str, data_dir: Path) -> None:
    """Add a project with a connection, a repository made from a sample, and environments.

    Its jobs can be run at once.
    """
    added = data_directory.ask(data_dir, "projects", {"name": name, "sample": sample})
    click.echo(f"project      {added['project_id']} ({name})")
    click.echo(f"connection   {added['connection_id']}")
    click.echo(f"repository   {added['remote_url']}")
    click.echo(f"             at {added['path']}")
    for environment, environment_id in added["environments"].items():
        click.echo(f"environment  {environment_id} ({environment})")
