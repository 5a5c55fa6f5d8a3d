"""Commands that get Pulumi working for a clone: `python -m toolchain --help`."""

import sys
from pathlib import Path

import click

from toolchain import home, provider
from toolchain.errors import ToolchainError

_local = click.option(
    "--local",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".local"),
    show_default=True,
    help="The clone's private home for Pulumi.",
)


def _report(line: str) -> None:
    click.echo(line, err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Get Pulumi working on this machine: engine, Python language host, provider plugin.

    Installed official parts are used. Missing ones are downloaded; without the internet the engine is
    built from its Go module, once for all clones. DATAFOLD_ENGINE=build always builds,
    DATAFOLD_ENGINE=path never does. DATAFOLD_RELEASES=off never downloads a release, and a URL names a
    mirror. DATAFOLD_CACHE_DIR moves the cache.
    """


@cli.command()
@_local
def prepare(local: Path) -> None:
    """Make or repair the private home."""
    made = home.prepare(local, _report)
    _report(f"ready: {made.pulumi}")


@cli.command("official-provider")
@_local
def official_provider(local: Path) -> None:
    """Download the official dbtcloud provider in place of the fake one (needs the internet)."""
    made = home.prepare(local, _report)
    provider.install_official(made.plugins, made.pulumi, made.environment(), _report)


@cli.command("yaml-host")
@_local
def yaml_host(local: Path) -> None:
    """Build the host for Pulumi YAML programs, if the engine has none."""
    home.add_yaml_host(home.prepare(local, _report), _report)


def main() -> None:
    """Run the command; a part that cannot be had is one message and exit code 1."""
    try:
        cli()
    except ToolchainError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
