"""The command `up`."""

import json
from typing import Any

import click

from devstack import machine
from devstack.machine import STACK, Machine

Outputs = dict[str, Any]
"""The outputs of the dev stack."""


def up(port: int | None) -> tuple[Machine, Outputs]:
    """Bring everything up and show what was made."""
    ready = machine.prepare_with_cloud(port)
    machine.release_dead_lock(ready)
    machine.report(f"pulumi: bringing up the stack {STACK}")
    ready.pulumi("stack", "select", STACK, "--create", "--non-interactive")
    machine.refresh_after_move(ready)
    machine.recover(ready)
    # With a refresh: after the local dbt Cloud was reset, the state is what is out of date. With the preview: what is
    # refused there leaves the state as it was. Without outputs: `_show` has what a person needs of them.
    options = ("--yes", "--refresh", "--suppress-outputs", "--non-interactive")
    ready.pulumi("up", *options, "--stack", STACK)
    outputs = json.loads(ready.pulumi_output("stack", "output", "--json", "--stack", STACK))
    _show(outputs)
    click.echo(f"The local dbt Cloud, its jobs and runs, in a browser: {ready.origin}/")
    return ready, outputs


def _show(outputs: Outputs) -> None:
    """Print the jobs, with the field of Datafold's form to choose each in, and the token."""
    rows = [("Project", "Job", "Number", "Choose in Datafold as", "Page")]
    rows += [
        (project, job["name"], str(job["job_id"]), job["datafold_field"] or "", job["url"])
        for project, jobs in outputs["jobs"].items()
        for job in jobs.values()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    click.echo()
    for row in rows:
        click.echo("  ".join(map(str.ljust, row, widths)).rstrip())
    if token := outputs.get("service_token"):
        click.echo(
            f"\nService token: {token['name']} (number {token['id']}). To see its secret: make shell, then "
            "pulumi stack output service_token_string --show-secrets"
        )
    click.echo("To type pulumi commands yourself: make shell. To end everything: make down.")
