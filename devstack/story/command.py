"""The command `story`."""

import click

from devstack.machine import CLOUD, TOKEN
from devstack.story import scenes
from devstack.story.account import Account, StoryError
from devstack.up import up


def story(port: int | None) -> None:
    """Bring everything up, then live through a day: schedule, pull request, merge, hourly artifacts."""
    ready, outputs = up(port)
    job_ids = {
        project: {role: int(job["job_id"]) for role, job in jobs.items()}
        for project, jobs in outputs["jobs"].items()
    }
    try:
        with Account(ready.origin, outputs["account_id"], TOKEN) as account:
            scenes.play(scenes.Story(account, CLOUD, job_ids, click.echo))
    except StoryError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"\nAll of it, with every log, in a browser: {ready.origin}/")
