"""The components and outputs of a checked configuration."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

import pulumi
import pulumi_dbtcloud as dbtcloud
from pulumi_dbtcloud_datafold import (
    DatafoldIntegration,
    DatafoldIntegrationArgs,
    FailureNotifications,
    FailureNotificationsArgs,
    MemberServiceToken,
    MemberServiceTokenArgs,
)
from pulumi_dbtcloud_datafold.engine.deletion_warnings import advise_on_deletion
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel

from infra import environments, pipelines
from infra.config import LoadedConfig
from infra.environments import Options
from infra.project import ProjectConfig

_PROTECTED = (
    "what is protected is not deleted. To delete it all the same, put back what you removed, set protect: false in the "
    "project's block or dbtcloud-datafold:protect: false for the stack, run `pulumi up`, then remove it again"
)


def declare_provider(config: LoadedConfig) -> Options:
    """Declare the provider, and return what makes the options of all components."""
    return partial(_options, config, _provider(config))


def integration_args(
    name: str, project: ProjectConfig, environment_ids: Mapping[str, int], options: Options
) -> DatafoldIntegrationArgs:
    """Return the inputs of a project's component; the environments to make are declared.

    Args:
        name: The project's key.
        project: Its settings.
        environment_ids: Number of each environment that exists, by role.
        options: Makes the options of the environments.
    """
    ids: dict[str, pulumi.Input[int]] = {
        **environment_ids,
        **environments.create(name, project, options),
    }
    blocks = {
        key: _inputs(block)
        for key in ("production_job", "pull_request_job", "merge_job", "artifacts_job")
        if (block := getattr(project, key)) is not None
    }
    args = {
        "project_id": project.project_id,
        "production_environment_id": ids["production"],
        "pull_request_environment_id": ids["pull_request"],
        "datafold_reads": project.datafold_reads,
        "keep_previous": project.keep_previous,
        "first_run": project.first_run,
        **blocks,
    }
    return cast("DatafoldIntegrationArgs", args)


def declare_rest(
    config: LoadedConfig, integrations: Mapping[str, DatafoldIntegration], options: Options
) -> None:
    """Declare what serves all projects, and export what people and programs need."""
    pulumi.export("account_id", config.connection.account_id)
    pulumi.export("access_url", config.connection.access_url.origin)
    pulumi.export("jobs", {name: integration.jobs for name, integration in integrations.items()})
    notifications = _inputs(config.stack.notifications) if config.stack.notifications else {}
    if config.stack.secret_webhook_url:
        notifications["webhook_url"] = config.stack.secret_webhook_url
    if notifications:
        notifications["job_ids"] = [
            job_id
            for integration in integrations.values()
            for job_id in integration.jobs_of_production
        ]
        FailureNotifications("failures", cast("FailureNotificationsArgs", notifications), options())
    if config.stack.service_token:
        args = cast("MemberServiceTokenArgs", _inputs(config.stack.service_token))
        token = MemberServiceToken("datafold", args, options())
        pulumi.export("service_token", {"id": token.token_id, "name": token.name})
        pulumi.export("service_token_string", token.token_string)
        if config.stack.service_token.keep_previous:
            pulumi.export("previous_service_token_string", token.previous_token_string)
    pipelines.declare(config.stack.projects, integrations, options)
    if config.may_have_protected:
        advise_on_deletion(_PROTECTED)


def _provider(config: LoadedConfig) -> dbtcloud.Provider:
    """Declare the provider. It wants the host in one form; the stack file may have any usual one."""
    return dbtcloud.Provider(
        "dbtcloud",
        dbtcloud.ProviderArgs(
            account_id=config.connection.account_id,
            host_url=config.connection.access_url.api,
            token=config.connection.token,
            **config.provider_options,
        ),
    )


def _options(
    config: LoadedConfig,
    provider: dbtcloud.Provider,
    previous_names: Sequence[str] = (),
    protect: bool | None = None,
) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(
        providers=[provider],
        protect=config.protect if protect is None else protect,
        aliases=[pulumi.Alias(name=name) for name in previous_names],
    )


def _inputs(settings: SettingsModel) -> dict[str, Any]:
    """Return what the stack file sets, without defaults: the components know those."""
    return settings.model_dump(exclude_unset=True)
