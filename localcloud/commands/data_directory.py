"""The option `--data` of every command, and requests to the server of that directory."""

from pathlib import Path
from typing import Any

import click

from localcloud import process

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


def ask(data_dir: Path, route: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the server of a data directory answers to a control request.

    Raises:
        click.ClickException: None runs there, it does not answer, or it refuses.
    """
    try:
        running = process.find(data_dir)
        if running is None:
            raise click.ClickException(process.not_running(data_dir))
        answer = process.post_json(running, route, body)
    except process.ProcessError as error:
        raise click.ClickException(str(error)) from None
    if "problems" in answer:
        lines = [f"{problem['path']}: {problem['problem']}" for problem in answer["problems"]]
        raise click.ClickException("\n".join(lines))
    return answer
