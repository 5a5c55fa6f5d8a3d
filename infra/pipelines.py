"""The pipelines that start merge jobs: their tokens, their files, and the outputs about them."""

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
from pulumi_dbtcloud_datafold.service_tokens.pipeline_token import PipelineTokenSettings

from infra.environments import Options
from infra.project import PipelineConfig, ProjectConfig


def declare(
    projects: Mapping[str, ProjectConfig],
    integrations: Mapping[str, DatafoldIntegration],
    options: Options,
) -> None:
    """Declare each pipeline's token, and its file if the stack puts it into a repository.

    The outputs have what `dbtcloud-datafold pipeline` needs to write the file otherwise.
    """
    pipelines: dict[str, pulumi.Output[dict[str, Any]]] = {}
    tokens: dict[str, pulumi.Output[str]] = {}
    for name, project in projects.items():
        if not project.merge_job or project.merge_job.trigger != "pipeline":
            continue
        settings = project.merge_job.pipeline or PipelineConfig()
        pipeline = integrations[name].pipeline
        pipelines[name] = pipeline.apply(_without_content)
        if settings.token:
            tokens[name] = _token(name, project, settings.token, options)
        if settings.repository:
            opts = _options(project, options)
            _repository_file(name, settings, pipeline, tokens[name], opts)
    if pipelines:
        pulumi.export("pipelines", pipelines)
    if tokens:
        pulumi.export("pipeline_tokens", tokens)


def _token(
    name: str, project: ProjectConfig, settings: PipelineTokenSettings, options: Options
) -> pulumi.Output[str]:
    # Not named after the block: a block may be renamed, and a token with another name is a new token.
    args = {
        "name": f"Merge pipeline of project {project.project_id}",
        **settings.model_dump(exclude_unset=True),
        "project_id": project.project_id,
    }
    opts = _options(project, options)
    return PipelineToken(f"{name}-pipeline", cast("PipelineTokenArgs", args), opts).token_string


def _repository_file(
    name: str,
    settings: PipelineConfig,
    pipeline: pulumi.Output[dict[str, Any] | None],
    token: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> None:
    args = {"pipeline": pipeline, "token": token}
    if settings.git_host == "github":
        on_github = {**args, "repository": settings.repository}
        GitHubPipelineFile(f"{name}-pipeline", cast("GitHubPipelineFileArgs", on_github), opts)
    else:
        on_gitlab = {**args, "project": settings.repository}
        GitLabPipelineFile(f"{name}-pipeline", cast("GitLabPipelineFileArgs", on_gitlab), opts)


def _options(project: ProjectConfig, options: Options) -> pulumi.ResourceOptions:
    return options([f"{previous}-pipeline" for previous in project.previous_names], project.protect)


def _without_content(pipeline: dict[str, Any] | None) -> dict[str, Any]:
    """Return the pipeline without its file, whose three hundred lines would hide all other outputs."""
    return {key: value for key, value in (pipeline or {}).items() if key != "content"}
