"""Progress of what takes more than a moment."""

import click


def progress(activity: str) -> None:
    """Print a line on standard error, so that standard output has the result alone."""
    click.echo(f"{activity} ...", err=True)
