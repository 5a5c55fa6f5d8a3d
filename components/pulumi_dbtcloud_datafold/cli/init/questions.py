"""What is asked at a terminal: how to reach the account, and what nobody but a person can decide."""

import os
import sys
from collections.abc import Mapping

import click

from pulumi_dbtcloud_datafold.account.access_url import DEFAULT_HOST
from pulumi_dbtcloud_datafold.cli.init.blocks import ProjectBlock
from pulumi_dbtcloud_datafold.cli.init.recognition import Role
from pulumi_dbtcloud_datafold.cli.init.rendering import named
from pulumi_dbtcloud_datafold.cli.init.selection import NEW, Choice, Decision
from pulumi_dbtcloud_datafold.cli.plain_text import one_line

KEYS = {
    "DBT_CLOUD_HOST_URL": "dbtcloud:hostUrl",
    "DBT_CLOUD_ACCOUNT_ID": "dbtcloud:accountId",
    "DBT_CLOUD_TOKEN": "dbtcloud:token",
}
"""The provider's environment variables, and the stack's keys that say the same."""

LATER = ""
"""The answer that leaves a decision open."""

_TEXTS = {
    "DBT_CLOUD_HOST_URL": "Access URL of the account (dbt Cloud, Account settings)",
    "DBT_CLOUD_ACCOUNT_ID": "Number of the account",
    "DBT_CLOUD_TOKEN": "Service token with Account Admin (not shown)",
}


def can_ask() -> bool:
    """Tell whether a person sits at a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def missing_connection(config: Mapping[str, object]) -> dict[str, str]:
    """Ask for what neither the stack's configuration nor the environment has; return it as variables."""
    answers = {}
    for variable, key in KEYS.items():
        if key in config or os.environ.get(variable):
            continue
        answers[variable] = click.prompt(
            _TEXTS[variable],
            default=DEFAULT_HOST if key == "dbtcloud:hostUrl" else None,
            hide_input=key == "dbtcloud:token",
            err=True,
        )
    return answers


def decide(block: ProjectBlock, asked: set[tuple[str, str]]) -> dict[Role, Choice] | None:
    """Ask about the first decision that is open and was not asked about; None if there is none.

    Args:
        block: The project's block, as it is decided so far.
        asked: What was asked about: the block's name and the role. The question is added.
    """
    for decision in block.selection.decisions.values():
        question = (block.key, decision.role)
        if decision.is_decided or question in asked or not decision.candidates:
            continue
        asked.add(question)
        answer = _ask(block.key, decision)
        if answer != LATER:
            return {decision.role: NEW if answer == NEW else int(answer)}
    return None


def _ask(key: str, decision: Decision) -> str:
    click.echo(f"\n{key}: which job is {decision.role}? {decision.note}", err=True)
    for candidate in decision.candidates:
        click.echo(f"  {named(candidate)}: {one_line(candidate.reason)}", err=True)
    numbers = [str(candidate.number) for candidate in decision.candidates]
    answer: str = click.prompt(
        f"Number, {NEW}, or Enter to decide later",
        default=LATER,
        show_default=False,
        show_choices=False,
        type=click.Choice([*numbers, NEW, LATER]),
        err=True,
    )
    return answer
