"""`dbtcloud-datafold init`: read the account, and write the stack file that takes its jobs over."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli.account import TOKEN, connect
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.exit_codes import FOUND, WELL
from pulumi_dbtcloud_datafold.cli.init import blocks, questions, rendering, report, tokens
from pulumi_dbtcloud_datafold.cli.init.selection import NEW, ROLES, ChoiceError
from pulumi_dbtcloud_datafold.cli.init.stack_file import SERVICE_TOKEN, StackFile, Written
from pulumi_dbtcloud_datafold.cli.progress import progress
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack, stack_options

_PROGRESS_EVERY = 20

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
    made = _blocks(found, keys, choices, file)
    _store(the_stack, asked)
    StackFile(file.path).write(written(made, token))
    click.echo(report.text(made, token, file.path.name, stack))
    return WELL if all(each.is_usable for each in made) else FOUND


def _read(
    api: DbtCloudApi, wanted: Sequence[str]
) -> list[tuple[Mapping[str, Any], list[dict[str, Any]], list[dict[str, Any]]]]:
    """Return the projects that are wanted, each with its jobs and environments."""
    progress(f"reading projects and jobs of account {api.account_id} at {api.access_url.origin}")
    projects, jobs = api.projects(), api.jobs()
    by_project: dict[int, list[dict[str, Any]]] = {project["id"]: [] for project in projects}
    for job in jobs:
        by_project.setdefault(job["project_id"], []).append(job)
    chosen = _wanted(projects, wanted) or [each for each in projects if by_project[each["id"]]]
    if not chosen:
        message = (
            f"no project of account {api.account_id} has a job that the token sees. Write the stack file by hand, as "
            "Pulumi.dev.yaml, or name projects with --project"
        )
        raise CommandError(message)
    click.echo(report.projects(chosen, by_project))
    found = []
    for index, project in enumerate(chosen):
        if index % _PROGRESS_EVERY == 0:
            progress(f"reading environments, project {index + 1} of {len(chosen)}")
        environments = api.environments(project["id"])
        found.append((project, by_project[project["id"]], environments))
    return found


def _wanted(
    projects: Sequence[Mapping[str, Any]], wanted: Sequence[str]
) -> list[Mapping[str, Any]]:
    """Return the projects with these numbers or names.

    Raises:
        CommandError: There is none of that name, or several.
    """
    found: dict[int, Mapping[str, Any]] = {}
    for text in wanted:
        matching = [each for each in projects if text in (str(each["id"]), each["name"])]
        if len(matching) != 1:
            there = matching or projects
            listed = ", ".join(f"{each['id']} ({each['name']})" for each in there[:10])
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


def written(made: Sequence[blocks.ProjectBlock], token: tokens.TokenBlock) -> Written:
    """Return what the stack file is to have."""
    notes = [line for note in token.notes for line in rendering.comment_lines(note)]
    return Written(
        {each.key: rendering.block_lines(each) for each in made},
        {each.key for each in made if not each.is_usable},
        [*notes, *rendering.value_lines(SERVICE_TOKEN, token.settings)],
    )


def _stack_file(stack: PulumiStack) -> Path:
    """Return where Pulumi keeps the stack's configuration.

    Raises:
        CommandError: There is no Pulumi.yaml.
    """
    folder = stack.folder.resolve()
    for each in (folder, *folder.parents):
        for name in ("Pulumi.yaml", "Pulumi.yml"):
            if (each / name).is_file():
                project = yaml.safe_load((each / name).read_text(encoding="utf-8")) or {}
                where = each / str(project.get("stackConfigDir") or project.get("config") or ".")
                where = where if where.is_dir() else each
                return where / f"Pulumi.{stack.full_name().rpartition('/')[2]}.yaml"
    message = "there is no Pulumi.yaml here or above: run it in the folder of the stack's program, or add --cwd"
    raise CommandError(message)


def _store(stack: PulumiStack, asked: Mapping[str, str]) -> None:
    """Keep what was asked for in the stack's configuration, the token encrypted."""
    for variable, value in asked.items():
        key = questions.KEYS[variable]
        stack.set_config(key, value, secret=key == TOKEN)
