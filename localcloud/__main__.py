"""The command line: `localcloud serve | start | stop | status | git-event | project | sql`."""

import os
from pathlib import Path

import click

from localcloud import process
from localcloud.commands import data_directory, git_event, project, sql

DEFAULT_PORT = 8765

_port = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port to listen on; 0 takes any free one.",
)
_seed = click.option(
    "--seed",
    "seed_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What a new data directory starts with. Default: localcloud/seeds/dev.yaml.",
)
_runs = click.option(
    "--runs",
    type=click.Choice(["real", "simulated"]),
    default="real",
    show_default=True,
    help="Execute runs with dbt, or end each at once in success.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """A dbt Cloud on this machine, on loopback only."""


@cli.command()
@_port
@data_directory.option
@_seed
@_runs
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option("--ready-fd", type=int, hidden=True, help="Gets a line when requests are answered.")
def serve(
    port: int, data_dir: Path, seed_file: Path | None, runs: str, host: str, ready_fd: int | None
) -> None:
    """Serve until stopped."""
    # Only this command needs them, and they take a while to import.
    from localcloud import loopback, server
    from localcloud.runs.dbt_executor import DbtExecutor
    from localcloud.runs.executor import SimulatedExecutor
    from localcloud.seeds.seed_file import SeedError
    from localcloud.state import schema

    def ready() -> None:
        process.record(data_dir, running.origin, running.port)
        if ready_fd is not None:
            os.write(ready_fd, b"ready\n")
            os.close(ready_fd)
        else:
            click.echo(f"local dbt Cloud: {running.origin}/api (Ctrl+C stops it)")
            click.echo(f"in a browser: {running.origin}/")

    try:
        with process.holding(data_dir):
            running = server.set_up(
                data_dir,
                seed_file,
                server.bind(host, port),
                make_executor=DbtExecutor if runs == "real" else SimulatedExecutor,
                on_ready=ready,
                logs=True,
            )
            running.run()
    except (
        process.ProcessError,
        loopback.NotLoopbackError,
        server.PortTakenError,
        SeedError,
        schema.SchemaVersionError,
    ) as error:
        raise click.ClickException(str(error)) from None


@cli.command()
@_port
@data_directory.option
@_seed
@_runs
def start(port: int, data_dir: Path, seed_file: Path | None, runs: str) -> None:
    """Start in the background, and return once requests are answered."""
    try:
        running, new = process.start(data_dir, port, seed_file, "--runs", runs)
    except process.ProcessError as error:
        raise click.ClickException(str(error)) from None
    how = "started" if new else "runs already"
    click.echo(f"local dbt Cloud {how}: {running.url} (process {running.pid})")
    if not new and port not in (0, running.port):
        stop_it = f"localcloud stop --data {data_dir}"
        click.echo(f"It keeps its port; to have {port}, stop it first: {stop_it}", err=True)


@cli.command()
@data_directory.option
def stop(data_dir: Path) -> None:
    """Stop the server that runs in the background; its data stay."""
    try:
        stopped = process.stop(data_dir)
    except process.ProcessError as error:
        raise click.ClickException(str(error)) from None
    if stopped is None:
        click.echo(f"no local dbt Cloud runs on {data_dir}: there is nothing to stop")
    else:
        click.echo(f"local dbt Cloud stopped (process {stopped.pid})")


@cli.command()
@data_directory.option
def status(data_dir: Path) -> None:
    """Show where the server runs and what it contains; exit with 1 if it does not run."""
    running = process.find(data_dir)
    if running is None:
        click.echo(process.not_running(data_dir))
        raise SystemExit(1)
    try:
        counts = process.get_json(running, "state")["counts"]
    except process.ProcessError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"url      {running.url}")
    click.echo(f"process  {running.pid}")
    for kind, count in counts.items():
        click.echo(f"{kind:<24} {count}")


cli.add_command(git_event.git_event)
cli.add_command(project.project)
cli.add_command(sql.sql)


if __name__ == "__main__":
    cli(prog_name="localcloud")
