"""`localcloud git-event`: sends the running server an event of a git host."""

from pathlib import Path
from typing import Any

import click

from localcloud.commands import data_directory

_EVENTS = {
    "pr-opened": "opened",
    "pr-updated": "updated",
    "pr-closed": "closed",
    "merged": "merged",
}


@click.command("git-event")
@click.argument("event", type=click.Choice(list(_EVENTS)))
@click.option(
    "--repository",
    default=".",
    show_default=True,
    help="Its path, its full name (example/analytics), or its remote_url.",
)
@click.option("--number", type=click.IntRange(min=1), required=True, help="Of the pull request.")
@click.option("--branch", help="Of the pull request. Default: that of pr-opened.")
@click.option("--base", help="Where it goes. Default: the repository's default branch.")
@click.option("--sha", help="The commit. Default: the branch's newest; the base's once merged.")
@click.option("--draft", is_flag=True, help="The pull request is a draft.")
@data_directory.option
def git_event(
    event: str,
    repository: str,
    number: int,
    branch: str | None,
    base: str | None,
    sha: str | None,
    draft: bool,
    data_dir: Path,
) -> None:
    """Send an event of a pull request, as the git host's webhook would.

    Says which jobs were started, and why others were not.
    """
    # A path means something else to the server, which works in another directory.
    named = str(Path(repository).resolve()) if Path(repository).exists() else repository
    body = {"action": _EVENTS[event], "repository": named, "number": number, "draft": draft}
    given = {"branch": branch, "base": base, "sha": sha}
    told = data_directory.ask(
        data_dir, "git-events", body | {key: text for key, text in given.items() if text}
    )
    for line in _lines(told):
        click.echo(line)


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [f"started      {_job(each)}: run {each['run_id']}" for each in told["started"]]
    lines += [f"not started  {_job(each)}: {each['reason']}" for each in told["not_started"]]
    lines += [f"cancelled    run {run_id}" for run_id in told["cancelled_runs"]]
    lines += [f"dropping     schema {schema}" for schema in told["dropping_schemas"]]
    return lines or ["no job listens for this event"]


def _job(told: dict[str, Any]) -> str:
    return f"job {told['job_id']} ({told['job_name']}) of project {told['project_id']}"
