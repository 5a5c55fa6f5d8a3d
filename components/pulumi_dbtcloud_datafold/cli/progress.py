"""What is being done, where it takes more than a moment."""

import click


def progress(doing: str) -> None:
    """Say it in a line of its own, beside the result: not on standard output."""
    click.echo(f"{doing} ...", err=True)
