"""`dbtcloud-datafold check`: one look that says whether all is well."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import click

from pulumi_dbtcloud_datafold.cli.account import connect
from pulumi_dbtcloud_datafold.cli.check import (
    account_facts,
    as_declared,
    foreign,
    reachable,
    stack_state,
    works,
)
from pulumi_dbtcloud_datafold.cli.check.account_facts import AccountFacts
from pulumi_dbtcloud_datafold.cli.check.finding import SEVERITIES, Finding
from pulumi_dbtcloud_datafold.cli.check.stack_state import StackState
from pulumi_dbtcloud_datafold.cli.check.subjects import Subjects
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.exit_codes import FOUND, WELL
from pulumi_dbtcloud_datafold.cli.progress import progress
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack, stack_options

SCHEMA = 1
"""Number of the form of `--json`, described in docs/check.schema.json."""


@click.command()
@stack_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/check.schema.json).")
@click.option(
    "--fail-on",
    type=click.Choice(["warning", "error"]),
    default="warning",
    help="From which severity on to end with 1. Default: warning.",
)
@click.option(
    "--max-age",
    type=click.FloatRange(min=0, min_open=True),
    metavar="HOURS",
    help="How old the last success of a job may be. Default: three times its schedule.",
)
def check(
    stack: str | None,
    cwd: str | None,
    as_json: bool,
    fail_on: Literal["warning", "error"],
    max_age: float | None,
) -> int:
    """Look at the stack in dbt Cloud, and say whether all is well.

    \b
    as declared   each field of jobs, environments, tokens, notifications
    works         the newest runs, the artifacts, what pull requests are compared with
    reachable     the repository, its webhooks, Datafold's token, the plan
    foreign       duplicates, left-over tokens, jobs of others in production

    It changes nothing. It works on every stack that has these components.

    \b
    Exit codes:
      0  all is well
      1  something was found (--fail-on)
      2  an error: nothing is known
    """  # noqa: D301 - click's mark for lines that stay as they are is the character itself
    began = time.monotonic()
    the_stack = PulumiStack.of(stack, cwd)
    progress("reading the stack's state")
    state = stack_state.read(the_stack.resources(show_secrets=True))
    if not state.jobs and not state.tokens:
        message = "the stack has no jobs and no token yet: there is nothing to check. Run `pulumi up` first"
        raise CommandError(message)
    with connect(the_stack, state.provider) as api:
        progress(f"asking dbt Cloud at {api.access_url.origin} about {_checked(state)}")
        facts = account_facts.ask(api, state)
        found = _findings(state, facts, Subjects(api), max_age)
    if as_json:
        click.echo(json.dumps(_document(state, facts, found), indent=2))
    else:
        for finding in found:
            click.echo(f"{finding}\n")
        click.echo(f"{_count(found)} in {_checked(state)} ({time.monotonic() - began:.1f} s)")
    worst = {finding.severity for finding in found}
    counted = {"error"} if fail_on == "error" else {"error", "warning"}
    return FOUND if worst & counted else WELL


def _findings(
    state: StackState, facts: AccountFacts, subjects: Subjects, max_age: float | None
) -> list[Finding]:
    found = [
        *as_declared.findings(state, facts, subjects),
        *works.findings(state, facts, subjects, datetime.now(UTC), max_age),
        *reachable.findings(state, facts, subjects),
        *foreign.findings(state, facts, subjects),
    ]
    found.sort(key=lambda one: (SEVERITIES.index(one.severity), one.project or "", one.subject))
    return found


def _document(state: StackState, facts: AccountFacts, found: Sequence[Finding]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "checked": {
            "jobs": len(state.jobs),
            "environments": len(_environments(state)),
            "tokens": len(state.tokens),
            "notifications": len(state.notifications) + len(state.webhooks),
        },
        "artifacts": [
            {
                "project": job.project,
                "job": job.number,
                "last_success": works.last_success(job, facts),
            }
            for job in state.sources()
        ],
        "findings": [finding.as_json() for finding in found],
    }


def _environments(state: StackState) -> set[int]:
    return {int(job.inputs["environmentId"]) for job in state.jobs.values()} | {*state.environments}


def _checked(state: StackState) -> str:
    parts = [
        (len(state.jobs), "job"),
        (len(_environments(state)), "environment"),
        (len(state.tokens), "token"),
    ]
    if notifications := len(state.notifications) + len(state.webhooks):
        parts.append((notifications, "notification"))
    return ", ".join(_number(number, noun) for number, noun in parts)


def _count(found: Sequence[Finding]) -> str:
    if not found:
        return "all is well"
    numbers = (
        (severity, sum(one.severity == severity for one in found)) for severity in SEVERITIES
    )
    return ", ".join(_number(number, severity) for severity, number in numbers if number)


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
