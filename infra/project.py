"""The settings of one dbt project, under `dbtcloud-datafold:projects`."""

from typing import Annotated, Any

from pulumi_dbtcloud_datafold.datafold_integration import IntegrationSettings
from pulumi_dbtcloud_datafold.environments.deployment_environment import (
    DeploymentEnvironmentSettings,
)
from pulumi_dbtcloud_datafold.jobs.artifacts_job import ArtifactsJobSettings
from pulumi_dbtcloud_datafold.jobs.merge_job import MergeJobSettings
from pulumi_dbtcloud_datafold.jobs.settings import SECRET_PREFIX
from pulumi_dbtcloud_datafold.pipeline.settings import PipelineSettings
from pulumi_dbtcloud_datafold.service_tokens.pipeline_token import PipelineTokenSettings
from pulumi_dbtcloud_datafold.settings.field_types import DbtCloudId, Form
from pulumi_dbtcloud_datafold.settings.problems import broken_rule, require_one
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel
from pydantic import Field, model_validator

ProjectKey = Annotated[
    str,
    Form(
        r"^[a-z][a-z0-9_-]*$",
        "this is not a short name for a project",
        "write small letters, digits, - and _ only, a letter first, e.g. analytics",
    ),
]


RepositoryName = Annotated[
    str,
    Form(
        r"^(?!.*(^|/)\.{1,2}(/|$))[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$",
        "this is not the name of a repository",
        "write e.g. dbt-models at GitHub, data/dbt-models or a number at GitLab",
    ),
]


class EnvironmentConfig(SettingsModel):
    """A deployment environment: one that exists, by `id` or by `name`, or one that the stack creates."""

    id: DbtCloudId | None = None
    """Number of an environment that exists, as in its URL."""
    name: Annotated[str, Field(min_length=1)] | None = None
    """Name of an environment that exists; it is looked up in the project."""
    create: DeploymentEnvironmentSettings | None = None
    """Settings of an environment for the stack to make."""

    @model_validator(mode="after")
    def _one_way(self) -> "EnvironmentConfig":
        require_one(
            self, ("id", "name", "create"), "an environment is given by", "keep one, e.g. id: 101"
        )
        return self


class Environments(SettingsModel):
    """Where the jobs of one dbt project run."""

    production: EnvironmentConfig
    """Environment with deployment type production: production, merge and artifacts jobs."""
    pull_request: EnvironmentConfig
    """Test environment of the pull-request job."""

    @model_validator(mode="after")
    def _test_is_not_production(self) -> "Environments":
        if self.production == self.pull_request:
            raise broken_rule(
                "pull requests would be built into production: both are the same environment",
                "give pull_request a deployment environment of its own, without deployment type production",
            )
        created = self.pull_request.create
        if created and self.production.create and created.name == self.production.create.name:
            raise broken_rule(
                f"both environments to make are called '{created.name}'",
                "give one of them another name",
            )
        if created and created.deployment_type == "production":
            raise broken_rule(
                "pull requests would be built into an environment of deployment type production",
                "remove deployment_type from pull_request.create, or write staging",
            )
        return self


class PipelineConfig(PipelineSettings):
    """The pipeline that starts the merge job, its token, and whether the stack puts both into the repository."""

    # Excluded: the merge job's component, which gets the other keys, has neither.
    token: PipelineTokenSettings | None = Field(default_factory=PipelineTokenSettings, exclude=True)
    """The token for the pipeline, valid for this project only. Default: one named after the project; null makes
    none."""
    repository: RepositoryName | None = Field(default=None, exclude=True)
    """Put the file and the token into this repository: its name at GitHub without the owner, its number or path at
    GitLab. Default: neither; `dbtcloud-datafold pipeline` writes the file."""

    @model_validator(mode="after")
    def _secret_for_the_repository(self) -> "PipelineConfig":
        if self.repository and self.git_host == "github" and "/" in self.repository:
            raise broken_rule(
                "the repository has its owner in it, and GitHub's provider knows the owner from github:owner",
                "write the name alone, e.g. dbt-models",
            )
        if self.repository and not self.token:
            raise broken_rule(
                "there is no token to put into the repository", "remove token: null, or repository"
            )
        return self


class MergeJobConfig(MergeJobSettings):
    """The merge job and its switch."""

    enabled: bool = Field(default=True, exclude=True)
    """False is the same as no merge_job block."""
    pipeline: PipelineConfig | None = None
    """With trigger: pipeline, what the pipeline looks like. Default: GitHub Actions on main."""


class ArtifactsJobConfig(ArtifactsJobSettings):
    """The artifacts job and its switch."""

    enabled: bool = Field(default=True, exclude=True)
    """False is the same as no artifacts_job block."""


class ProjectConfig(IntegrationSettings):
    """One dbt project that Datafold watches."""

    project_id: DbtCloudId
    """Number of the dbt Cloud project, as in its URL."""
    environments: Environments
    """Where its jobs run."""
    previous_names: list[ProjectKey] = Field(default=[])
    """Names this block had before; its jobs then keep their numbers."""
    protect: bool | None = None
    """Refuse to delete or replace this project's jobs until this is set to false and brought up.
    Default: that of the stack, dbtcloud-datafold:protect."""
    merge_job: MergeJobConfig | None = None
    """Build production on merge; it is then the job that creates dbt artifacts."""
    artifacts_job: ArtifactsJobConfig | None = None
    """Where there is no merge job: the job that creates dbt artifacts."""

    @model_validator(mode="after")
    def _no_secret_in_plain_text(self) -> "ProjectConfig":
        for key, job in self.jobs.items():
            for variable in job.environment_variables:
                if variable.startswith(SECRET_PREFIX):
                    raise broken_rule(
                        f"{key}.environment_variables.{variable} would put a secret into a plain file",
                        "set it in dbt Cloud, or declare the job in a program of your own with an Output",
                    )
        return self

    @model_validator(mode="before")
    @classmethod
    def _disabled_is_absent(cls, block: Any) -> Any:  # noqa: ANN401 - any YAML
        if not isinstance(block, dict):
            return block
        return {
            key: value
            for key, value in block.items()
            if not (
                key in ("merge_job", "artifacts_job")
                and isinstance(value, dict)
                and value.get("enabled") is False
            )
        }
