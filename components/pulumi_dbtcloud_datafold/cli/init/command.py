"""`dbtcloud-datafold init`: read the account, and write the stack file that takes its jobs over."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import yaml

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli.account import TOKEN, connect
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.existing import by_project
from pulumi_dbtcloud_datafold.cli.exit_codes import FOUND, WELL
from pulumi_dbtcloud_datafold.cli.init import blocks, questions, rendering, report, tokens
from pulumi_dbtcloud_datafold.cli.init.selection import NEW, ROLES, ChoiceError
from pulumi_dbtcloud_datafold.cli.init.shared import declared_without_blocks, differing
from pulumi_dbtcloud_datafold.cli.init.stack_file import SERVICE_TOKEN, StackFile, Written
from pulumi_dbtcloud_datafold.cli.progress import progress
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack, stack_options
from pulumi_dbtcloud_datafold.settings import layers

Choices = dict[str, dict[Any, Any]]


@click.command()
@stack_options
@click.option(
    "--project",
    "wanted",
    multiple=True,
    metavar="PROJECT",
    help="Number or name of a dbt Cloud project. May be repeated. Default: all that have jobs.",
)
@click.option(
    "--choose",
    "choices",
    multiple=True,
    metavar="PROJECT.BLOCK=NUMBER",
    help="Take this job for the block, e.g. analytics.production_job=1234; "
    f"PROJECT.BLOCK={NEW} has a new job made. May be repeated.",
)
@click.option("--force", is_flag=True, help="Replace blocks that the stack file has already.")
def init(
    stack: str | None,
    cwd: str | None,
    wanted: Sequence[str],
    choices: Sequence[str],
    force: bool,
) -> int:
    """Write the stack file for an account that has jobs already.

    Reads projects, environments and jobs, recognises each job by what it does, and writes Pulumi.<stack>.yaml so
    that `pulumi preview` imports the jobs with their numbers. Nothing is changed in dbt Cloud or in the stack.

    Host, account and token are those of the stack or of DBT_CLOUD_HOST_URL, DBT_CLOUD_ACCOUNT_ID and
    DBT_CLOUD_TOKEN. What is missing is asked for at a terminal.

    \b
    Exit codes:
      0  everything was decided
      1  something is left for you to decide; the file has it as comments
      2  an error
    """  # noqa: D301 - click's mark for lines that stay as they are is the character itself
    the_stack = PulumiStack.of(stack, cwd)
    file = StackFile(_stack_file(the_stack))
    if file.has_ours and not force:
        message = f"{file.path.name} has projects or a token already. To replace them, add --force"
        raise CommandError(message)
    asked = questions.missing_connection(the_stack.config()) if questions.can_ask() else {}
    os.environ.update(asked)
    with connect(the_stack) as api:
        found = _read(api, wanted)
        token = tokens.token_block(api)
    keys = blocks.keys_for(
        [project for project, _, _ in found],
        file.project_keys,
        [name for name in file.names if name not in file.project_keys.values()],
    )
    shared = declared_without_blocks(file, _project_file(the_stack).parent, keys.values())
    made = _blocks(found, keys, choices, file)
    token = _beside(shared, made, token)
    _store(the_stack, asked)
    StackFile(file.path).write(stack_file_content(made, token))
    beside = f", with what differs from its {' and its '.join(file.shared)}" if shared else ""
    click.echo(report.text(made, token, f"{file.path.name}{beside}", stack))
    return WELL if all(block.is_usable for block in made) else FOUND


def _read(
    api: DbtCloudApi, wanted: Sequence[str]
) -> list[tuple[Mapping[str, Any], list[dict[str, Any]], list[dict[str, Any]]]]:
    """Return the projects that are wanted, each with its jobs and environments."""
    progress(f"reading projects and jobs of account {api.account_id} at {api.access_url.origin}")
    with ThreadPoolExecutor(3, "init") as pool:
        asked = [pool.submit(ask) for ask in (api.projects, api.jobs, api.environments)]
        projects, *others = [future.result() for future in asked]
    jobs, environments = map(by_project, others)
    chosen = _wanted(projects, wanted) or [project for project in projects if jobs[project["id"]]]
    if not chosen:
        message = (
            f"no project of account {api.account_id} has a job that the token sees. Write the stack file by hand, as "
            "Pulumi.dev.yaml, or name projects with --project"
        )
        raise CommandError(message)
    click.echo(report.projects(chosen, jobs))
    return [(project, jobs[project["id"]], environments[project["id"]]) for project in chosen]


def _wanted(
    projects: Sequence[Mapping[str, Any]], wanted: Sequence[str]
) -> list[Mapping[str, Any]]:
    """Return the projects with these numbers or names.

    Raises:
        CommandError: There is none of that name, or several.
    """
    found: dict[int, Mapping[str, Any]] = {}
    for text in wanted:
        matching = [
            project for project in projects if text in (str(project["id"]), project["name"])
        ]
        if len(matching) != 1:
            there = matching or projects
            listed = ", ".join(f"{project['id']} ({project['name']})" for project in there[:10])
            problem = "several projects have this name" if matching else "there is no such project"
            message = f"--project {text}: {problem}; there is {listed}"
            raise CommandError(message)
        found[matching[0]["id"]] = matching[0]
    return list(found.values())


def _blocks(
    found: Sequence[
        tuple[Mapping[str, Any], Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]
    ],
    keys: Mapping[int, str],
    choices: Sequence[str],
    file: StackFile,
) -> list[blocks.ProjectBlock]:
    """Return each project's block, with what a person decides at the terminal.

    What a block of the file takes over already is as if it were chosen, as long as the job is there.
    """
    try:
        chosen: Choices = blocks.choose(choices, list(keys.values()), ROLES)
    except ChoiceError as error:
        raise CommandError(str(error)) from None
    asked: set[tuple[str, str]] = set()
    made = []
    for project, jobs, environments in found:
        key = keys[project["id"]]
        of_project = chosen.get(key, {})
        of_file = _kept(file.adopted(project["id"]), jobs, of_project)
        if of_file:
            try:
                blocks.project_block(key, project, jobs, environments, of_file)
            except ChoiceError:
                of_file = {}
        while True:
            try:
                block = blocks.project_block(key, project, jobs, environments, of_file | of_project)
            except ChoiceError as error:
                message = f"--choose {key}.{error}"
                raise CommandError(message) from None
            answer = questions.decide(block, asked) if questions.can_ask() else None
            if answer is None:
                break
            of_project = {**of_project, **answer}
        made.append(block)
    return made


def _beside(
    shared: Mapping[str, Any], made: Sequence[blocks.ProjectBlock], token: tokens.TokenBlock
) -> tokens.TokenBlock:
    """Leave in the blocks what differs from what the stack shares with others; return such a token block."""
    for block in made:
        of_block = shared.get(layers.PROJECTS, {}).get(block.key) or {}
        for role in ROLES:
            if role in block.settings:
                block.settings[role] = differing(block.settings[role], of_block.get(role))
    if token.settings is None:
        return token
    return replace(token, settings=differing(token.settings, shared.get("service_token")))


def _kept(
    adopted: Mapping[str, int], jobs: Sequence[Mapping[str, Any]], chosen: Mapping[Any, Any]
) -> dict[Any, Any]:
    """Return which jobs a block goes on to take over: those that are there and of which nothing else is chosen."""
    there = {job["id"] for job in jobs}
    sources = {"merge_job", "artifacts_job"}
    instead = {*chosen, *(sources if sources & set(chosen) else ())}
    return {
        role: number
        for role, number in adopted.items()
        if role in ROLES and number in there and role not in instead
    }


def stack_file_content(made: Sequence[blocks.ProjectBlock], token: tokens.TokenBlock) -> Written:
    """Return what the stack file is to have."""
    notes = [line for note in token.notes for line in rendering.comment_lines(note)]
    # Of a null Pulumi warns in each command, and reads it as an empty text.
    settings = "" if token.settings is None else token.settings
    return Written(
        {block.key: rendering.block_lines(block) for block in made},
        {block.key for block in made if not block.is_usable},
        [*notes, *rendering.value_lines(SERVICE_TOKEN, settings)],
    )


def _project_file(stack: PulumiStack) -> Path:
    """Return the Pulumi.yaml of the stack's program.

    Raises:
        CommandError: There is none.
    """
    if file := stack.project_file():
        return file
    message = "there is no Pulumi.yaml here or above: run it in the folder of the stack's program, or add --cwd"
    raise CommandError(message)


def _stack_file(stack: PulumiStack) -> Path:
    """Return where Pulumi keeps the stack's configuration."""
    file = _project_file(stack)
    folder = file.parent
    project = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    where = folder / str(project.get("stackConfigDir") or project.get("config") or ".")
    where = where if where.is_dir() else folder
    return where / f"Pulumi.{stack.full_name().rpartition('/')[2]}.yaml"


def _store(stack: PulumiStack, asked: Mapping[str, str]) -> None:
    """Keep what was asked for in the stack's configuration, the token encrypted."""
    for variable, value in asked.items():
        key = questions.KEYS[variable]
        stack.set_config(key, value, secret=key == TOKEN)
