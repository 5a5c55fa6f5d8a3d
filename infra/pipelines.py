"""The pipelines that start merge jobs: their tokens, and what the stack tells of them."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi_dbtcloud_datafold import (
    DatafoldIntegration,
    GitHubPipelineFile,
    GitHubPipelineFileArgs,
    GitLabPipelineFile,
    GitLabPipelineFileArgs,
    PipelineToken,
    PipelineTokenArgs,
)

from infra.environments import Options
from infra.project import PipelineConfig, ProjectConfig

NOT_OF_THE_JOB = {"token", "repository"}
"""Keys of a `pipeline` block that the merge job's component does not have."""


def declare(
    projects: Mapping[str, ProjectConfig],
    integrations: Mapping[str, DatafoldIntegration],
    options: Options,
) -> None:
    """Declare the tokens, and the files where a repository is named; export the rest for the command to write."""
    facts: dict[str, pulumi.Output[dict[str, Any]]] = {}
    secrets: dict[str, pulumi.Output[str]] = {}
    for name, project in projects.items():
        if not project.merge_job or project.merge_job.trigger != "pipeline":
            continue
        settings = project.merge_job.pipeline or PipelineConfig()
        made = integrations[name].pipeline
        facts[name] = made.apply(_without_content)
        if settings.token:
            secrets[name] = _token(name, project, settings, options)
        if settings.repository:
            opts = _options(project, options)
            _publish(name, settings, made, secrets[name], opts)
    if facts:
        pulumi.export("pipelines", facts)
    if secrets:
        pulumi.export("pipeline_tokens", secrets)


def _token(
    name: str, project: ProjectConfig, settings: PipelineConfig, options: Options
) -> pulumi.Output[str]:
    written = settings.token.model_dump(exclude_unset=True) if settings.token else {}
    # Not the block's name: a block may be renamed, and a token that gets another name is a new token.
    args = {
        "name": f"Merge pipeline of project {project.project_id}",
        **written,
        "project_id": project.project_id,
    }
    opts = _options(project, options)
    return PipelineToken(f"{name}-pipeline", cast("PipelineTokenArgs", args), opts).token_string


def _publish(
    name: str,
    settings: PipelineConfig,
    made: pulumi.Output[dict[str, Any] | None],
    token: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> None:
    args = {"pipeline": made, "token": token}
    if settings.git_host == "github":
        on_github = {**args, "repository": settings.repository}
        GitHubPipelineFile(f"{name}-pipeline", cast("GitHubPipelineFileArgs", on_github), opts)
    else:
        on_gitlab = {**args, "project": settings.repository}
        GitLabPipelineFile(f"{name}-pipeline", cast("GitLabPipelineFileArgs", on_gitlab), opts)


def _options(project: ProjectConfig, options: Options) -> pulumi.ResourceOptions:
    return options([f"{previous}-pipeline" for previous in project.previous_names])


def _without_content(made: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the file is made from: three hundred lines would drown all other outputs."""
    return {key: value for key, value in (made or {}).items() if key != "content"}
