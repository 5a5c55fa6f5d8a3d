"""What `init` prints: each job with its reason, what changes, and what to type next."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_dbtcloud_datafold.cli.init.blocks import ProjectBlock
from pulumi_dbtcloud_datafold.cli.init.rendering import named
from pulumi_dbtcloud_datafold.cli.init.selection import NEW, Decision
from pulumi_dbtcloud_datafold.cli.init.tokens import TokenBlock
from pulumi_dbtcloud_datafold.cli.plain_text import one_line


def projects(chosen: Sequence[Mapping[str, Any]], jobs: Mapping[int, Sequence[object]]) -> str:
    """List the projects that are looked at."""
    lines = [
        f"  {project['id']} '{one_line(project['name'])}': {count(len(jobs[project['id']]), 'job')}"
        for project in chosen
    ]
    return "\n".join(["Projects:", *lines])


def text(made: Sequence[ProjectBlock], token: TokenBlock, file: str, stack: str | None) -> str:
    """Return all that was found and decided."""
    lines: list[str] = []
    for block in made:
        lines += ["", *_project(block)]
    lines += ["", *_token(token), "", f"Written: {file}"]
    undecided = [block for block in made if not block.is_usable]
    if undecided:
        names = ", ".join(block.key for block in undecided)
        lines += [
            "",
            f"To decide: {names}. These blocks are comments in {file}. Follow what is written above under TO DECIDE "
            "and NOT POSSIBLE, then run init again with --force and the --choose options.",
        ]
    else:
        of_stack = f" --stack {stack}" if stack else ""
        lines += [
            "",
            "Next:",
            f"  pulumi preview{of_stack}",
            f"  pulumi up{of_stack}",
            "",
            "Beside each job that is imported the preview shows an update of execution, timeoutSeconds and "
            "validateExecuteSteps, which changes nothing in dbt Cloud. To import without it, first run "
            "dbtcloud-datafold adopt.",
        ]
    return "\n".join(lines)


def count(number: int, noun: str) -> str:
    """Return the number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _project(block: ProjectBlock) -> list[str]:
    selection = block.selection
    lines = [f"{block.key} (project {block.project['id']} '{one_line(block.project['name'])}')"]
    for role, environment in (
        ("production", selection.production),
        ("pull_request", selection.pull_request),
    ):
        message = (
            f"{environment['id']} '{one_line(environment['name'])}'" if environment else "TO DECIDE"
        )
        lines.append(f"  environments.{role}  {message}")
    for decision in selection.decisions.values():
        lines += _decision(block.key, decision)
    lines += [f"  left alone  {named(job)}: {one_line(why)}" for job, why in selection.left_alone]
    lines += [f"  changes  {change}" for change in block.changes]
    lines += [f"  note  {hint}" for hint in block.hints]
    lines += [f"  NOT POSSIBLE  {problem}" for problem in block.problems]
    return [*lines, *(f"  TO DECIDE  {note}" for note in selection.notes)]


def _decision(key: str, decision: Decision) -> list[str]:
    if decision.adopted:
        adopted = decision.adopted
        return [f"  {decision.role}  {named(adopted)}: {one_line(adopted.reason)}"]
    if decision.is_new:
        return [f"  {decision.role}  NEW: {decision.note}; `pulumi up` makes this job"]
    lines = [f"  {decision.role}  TO DECIDE: {decision.note}"]
    lines += [
        f"    --choose {key}.{decision.role}={candidate.number}  {named(candidate)}: {one_line(candidate.reason)}"
        for candidate in decision.candidates
    ]
    return [*lines, f"    --choose {key}.{decision.role}={NEW}"]


def _token(token: TokenBlock) -> list[str]:
    if token.settings is None:
        return [f"service_token  none: {note}" for note in token.notes]
    return [f"service_token  {token.settings['adopt_token_id']}: {note}" for note in token.notes]
