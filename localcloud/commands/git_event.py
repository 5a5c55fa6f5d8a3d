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
    repository_name = str(Path(repository).resolve()) if Path(repository).exists() else repository
    body = {
        "action": _EVENTS[event],
        "repository": repository_name,
        "number": number,
        "draft": draft,
    }
    options = {"branch": branch, "base": base, "sha": sha}
    answer = data_directory.ask(
        data_dir, "git-events", body | {key: text for key, text in options.items() if text}
    )
    for line in _lines(answer):
        click.echo(line)


def _lines(answer: dict[str, Any]) -> list[str]:
    lines = [f"started      {_job(job)}: run {job['run_id']}" for job in answer["started"]]
    lines += [f"not started  {_job(job)}: {job['reason']}" for job in answer["not_started"]]
    lines += [f"cancelled    run {run_id}" for run_id in answer["cancelled_runs"]]
    lines += [f"dropping     schema {schema}" for schema in answer["dropping_schemas"]]
    return lines or ["no job listens for this event"]


def _job(job: dict[str, Any]) -> str:
    return f"job {job['job_id']} ({job['job_name']}) of project {job['project_id']}"
