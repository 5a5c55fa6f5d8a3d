"""What a person writes into `Pulumi.<stack>.yaml`, checked as a whole before anything is declared."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

import pulumi
from pulumi_dbtcloud_datafold import connection
from pulumi_dbtcloud_datafold.artifacts_job import ArtifactsJobSettings
from pulumi_dbtcloud_datafold.datafold_integration import IntegrationSettings
from pulumi_dbtcloud_datafold.deployment_environment import DeploymentEnvironmentSettings
from pulumi_dbtcloud_datafold.failure_notifications import FailureNotificationsSettings
from pulumi_dbtcloud_datafold.job import SECRET_PREFIX, JobId
from pulumi_dbtcloud_datafold.merge_job import MergeJobSettings
from pulumi_dbtcloud_datafold.pipeline.settings import PipelineSettings
from pulumi_dbtcloud_datafold.pipeline.token import PipelineTokenSettings
from pulumi_dbtcloud_datafold.problems import (
    ConfigurationError,
    Problem,
    broken_rule,
    problems_from,
    unknown_key_fix,
)
from pulumi_dbtcloud_datafold.section import Section
from pulumi_dbtcloud_datafold.service_token import ServiceTokenSettings
from pydantic import Field, StringConstraints, ValidationError, model_validator

PROJECT = "dbtcloud-datafold"
"""Pulumi project, and so the namespace of our keys in the stack file."""

ProjectKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]


class EnvironmentConfig(Section):
    """A deployment environment: one that exists, by `id` or by `name`, or one that the stack makes."""

    id: JobId | None = None
    """Number of an environment that exists, as in its URL."""
    name: Annotated[str, Field(min_length=1)] | None = None
    """Name of an environment that exists; it is looked up in the project."""
    create: DeploymentEnvironmentSettings | None = None
    """Settings of an environment for the stack to make."""

    @model_validator(mode="after")
    def _one_way(self) -> "EnvironmentConfig":
        ways = [key for key in ("id", "name", "create") if getattr(self, key) is not None]
        if len(ways) != 1:
            found = f"{' and '.join(ways)} are set" if ways else "none of them is set"
            raise broken_rule(
                f"an environment is given by exactly one of id, name and create; {found}",
                "keep one, e.g. id: 101",
            )
        return self


class Environments(Section):
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
        if created and created.deployment_type == "production":
            raise broken_rule(
                "pull requests would be built into an environment of deployment type production",
                "remove deployment_type from pull_request.create, or write staging",
            )
        return self


class PipelineConfig(PipelineSettings):
    """The pipeline that starts the merge job, its token, and whether the stack puts both into the repository."""

    token: PipelineTokenSettings | None = Field(default_factory=PipelineTokenSettings)
    """The token for the pipeline, valid for this project only. Default: one named after the project; null makes
    none."""
    repository: Annotated[str, Field(min_length=1)] | None = None
    """Put the file and the token into this repository: its name at GitHub without the owner, its number or path at
    GitLab. Default: neither; `dbtcloud-datafold pipeline` writes the file."""

    @model_validator(mode="after")
    def _secret_for_the_repository(self) -> "PipelineConfig":
        if self.repository and not self.token:
            raise broken_rule(
                "there is no token to put into the repository", "remove token: null, or repository"
            )
        return self


class MergeJobConfig(MergeJobSettings):
    """The merge job and its switch."""

    enabled: bool = True
    """False is the same as no merge_job block."""
    pipeline: PipelineConfig | None = None
    """With trigger: pipeline, what the pipeline looks like. Default: GitHub Actions on main."""


class ArtifactsJobConfig(ArtifactsJobSettings):
    """The artifacts job and its switch."""

    enabled: bool = True
    """False is the same as no artifacts_job block."""


class ProjectConfig(IntegrationSettings):
    """One dbt project that Datafold watches."""

    project_id: JobId
    """Number of the dbt Cloud project, as in its URL."""
    environments: Environments
    """Where its jobs run."""
    previous_names: list[ProjectKey] = Field(default=[])
    """Names this block had before; its jobs then keep their numbers."""
    merge_job: MergeJobConfig | None = None
    """Build production on merge; it is then the job that creates dbt artifacts."""
    artifacts_job: ArtifactsJobConfig | None = None
    """Where there is no merge job: the job that creates dbt artifacts."""

    @model_validator(mode="after")
    def _no_secret_in_plain_text(self) -> "ProjectConfig":
        for key in ("production_job", "pull_request_job", "merge_job", "artifacts_job"):
            for variable in getattr(getattr(self, key), "environment_variables", {}):
                if variable.startswith(SECRET_PREFIX):
                    raise broken_rule(
                        f"{key}.environment_variables.{variable} would put a secret into a plain file",
                        "set it in dbt Cloud, or declare the job in a program of your own with an Output",
                    )
        return self

    @model_validator(mode="before")
    @classmethod
    def _switched_off_is_absent(cls, given: Any) -> Any:  # noqa: ANN401 - whatever was written
        if not isinstance(given, dict):
            return given
        return {
            key: value
            for key, value in given.items()
            if not (
                key in ("merge_job", "artifacts_job")
                and isinstance(value, dict)
                and value.get("enabled") is False
            )
        }


class StackConfig(Section):
    """Our keys of the stack file, under `dbtcloud-datafold:`."""

    projects: Annotated[dict[ProjectKey, ProjectConfig], Field(min_length=1)]
    """The dbt projects, by a short name of your choice; it is part of each resource's Pulumi name."""
    service_token: ServiceTokenSettings | None = Field(default_factory=ServiceTokenSettings)
    """The token for Datafold. Default: one named Datafold, for all projects. null makes none."""
    notifications: FailureNotificationsSettings | None = None
    """Who is told when a production, merge or artifacts job of any project fails. Default: nobody."""
    protect: bool | None = None
    """Refuse to delete or replace jobs and token until this is set to false and brought up.
    Default: true, but false on a local dbt Cloud."""


@dataclass(frozen=True)
class LoadedConfig:
    """Everything the stack program needs to know.

    Attributes:
        source: File that errors name.
        provider_options: The provider's other keys under `dbtcloud:` (`maxRetries`, ...), as its Python arguments.
    """

    source: str
    connection: connection.Connection
    stack: StackConfig
    provider_options: dict[str, Any]

    @property
    def protect(self) -> bool:
        """Whether jobs and token are protected."""
        if self.stack.protect is None:
            return not self.connection.access_url.is_local
        return self.stack.protect


_PROVIDER_OPTIONS = {
    "disableRetry": "disable_retry",
    "maxRetries": "max_retries",
    "retriableStatusCodes": "retriable_status_codes",
    "retryIntervalSeconds": "retry_interval_seconds",
    "skipCredentialsValidation": "skip_credentials_validation",
    "timeoutSeconds": "timeout_seconds",
}


def load(source: str) -> LoadedConfig:
    """Read and check the whole configuration; `source` is the file named in errors.

    Raises:
        ConfigurationError: Something is wrong; it names every problem.
    """
    problems: list[Problem] = []
    stack = _stack_config(problems)
    account = connection.from_stack(problems)
    provider_options = _provider_options(problems)
    if problems or stack is None or account is None:
        raise ConfigurationError(source, problems)
    return LoadedConfig(source, account, stack, provider_options)


def _stack_config(problems: list[Problem]) -> StackConfig | None:
    written: dict[str, Any] = {}
    for key in _keys_of(PROJECT):
        if key not in StackConfig.model_fields:
            fix = unknown_key_fix(key, StackConfig.model_fields)
            problems.append(Problem(f"{PROJECT}:{key}", "this key is not known", fix))
            continue
        text = pulumi.Config(PROJECT).require(key)
        try:
            # Pulumi hands null over as an empty text.
            written[key] = json.loads(text) if text else None
        except json.JSONDecodeError:
            problems.append(
                Problem(f"{PROJECT}:{key}", "this is plain text", "write a block of keys below it")
            )
            return None
    try:
        return StackConfig.model_validate(written)
    except ValidationError as error:
        problems += problems_from(error, StackConfig)
        return None


def _provider_options(problems: list[Problem]) -> dict[str, Any]:
    config = pulumi.Config("dbtcloud")
    # The guards take a create that was quicker for one that was not repeated.
    interval = config.get("retryIntervalSeconds")
    if interval and not (interval.isascii() and interval.isdigit() and int(interval)):
        problem = Problem(
            "dbtcloud:retryIntervalSeconds",
            "this is not a whole number of seconds, at least 1",
            "run `pulumi config set dbtcloud:retryIntervalSeconds 10`, or remove the key: 10 is the default",
        )
        problems.append(problem)
        return {}
    return {
        argument: config.get_object(key)
        for key, argument in _PROVIDER_OPTIONS.items()
        if config.get(key)
    }


def _keys_of(namespace: str) -> list[str]:
    """List the keys the stack file sets in a namespace, so that a misspelled one is noticed.

    `pulumi.Config` can only be asked for a key whose name is known.
    """
    known = {**pulumi.runtime.get_config_env(), **pulumi.runtime.config.CONFIG.get()}
    return [key.partition(":")[2] for key in known if key.startswith(f"{namespace}:")]
