"""`dbtcloud-datafold pipeline`: the file with which a git host starts the merge job."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from pulumi_dbtcloud_datafold.cli import generated_file
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack, stack_options
from pulumi_dbtcloud_datafold.pipeline import pipeline_file
from pulumi_dbtcloud_datafold.pipeline.settings import PipelineSettings

OUTPUT = "pipelines"
TOKENS = "pipeline_tokens"

_HOW_TO_SET = {
    "github": "the repository's secret {name} (Settings > Secrets and variables > Actions)",
    "gitlab": "the project's CI/CD variable {name} (Settings > CI/CD > Variables; masked, protected)",
}


@click.command()
@stack_options
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    help="Root of the dbt repository's checkout. Default: here.",
)
@click.option(
    "--project", help="The project whose file is written. Default: each that has a pipeline."
)
@click.option(
    "--script", is_flag=True, help="Print the script alone, for another CI; it needs no stack."
)
def pipeline(
    stack: str | None, cwd: str | None, output: Path, project: str | None, script: bool
) -> int:
    """Write the file with which GitHub or GitLab starts the merge job.

    After `pulumi up` of a stack with `merge_job: {trigger: pipeline}`. The file holds no secret: it names the one
    that the repository must have.
    """
    if script:
        click.echo(pipeline_file.script(), nl=False)
        return 0
    outputs = PulumiStack.of(stack, cwd).outputs()
    pipelines = _by_path(outputs.get(OUTPUT) or {}, project)
    tokens = outputs.get(TOKENS) or {}
    for path in pipelines:
        generated_file.refuse_foreign(output / path)
    for path, (name, generated) in pipelines.items():
        generated_file.write(output / path, generated["content"])
        click.echo(f"wrote {output / path}")
        place = _HOW_TO_SET[generated["kind"]].format(name=generated["secret_name"])
        source = (
            f"pulumi stack output {TOKENS} --show-secrets shows it under {name}"
            if name in tokens
            else f"a service token that may run job {generated['job_id']}; the stack shows none"
        )
        click.echo(f"  It needs a token in {place}: {source}.")
    return 0


def _by_path(
    facts: Mapping[str, Any], project: str | None
) -> dict[str, tuple[str, pipeline_file.Pipeline]]:
    """Return the pipelines by their paths, each with its project."""
    if not facts:
        message = (
            f"the stack has no output '{OUTPUT}'. Set merge_job: {{trigger: pipeline}} on a project and run "
            "`pulumi up` first; a program of your own exports it, see docs/pipeline.md"
        )
        raise CommandError(message)
    if project and project not in facts:
        message = f"project {project} has no pipeline; these have one: {', '.join(sorted(facts))}"
        raise CommandError(message)
    pipelines: dict[str, tuple[str, pipeline_file.Pipeline]] = {}
    for name in [project] if project else facts:
        generated = _generate(facts[name])
        if generated["path"] in pipelines:
            message = (
                f"{pipelines[generated['path']][0]} and {name} both have their file at {generated['path']}. Name one "
                "with --project; or, if they share a repository, give one of them another path and secret_name"
            )
            raise CommandError(message)
        pipelines[generated["path"]] = (name, generated)
    return pipelines


def _generate(facts: Mapping[str, Any]) -> pipeline_file.Pipeline:
    settings = {
        "git_host": facts["kind"],
        **{key: facts[key] for key in ("path", "secret_name", "branch", "wait_minutes")},
    }
    return pipeline_file.pipeline(
        PipelineSettings.model_validate(settings),
        job_id=int(facts["job_id"]),
        account_id=int(facts["account_id"]),
        access_url=facts["access_url"],
    )
