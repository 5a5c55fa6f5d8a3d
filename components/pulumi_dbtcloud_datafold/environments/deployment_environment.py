"""A deployment environment that the stack itself makes."""

from typing import ClassVar, Literal, NotRequired, TypedDict

import pulumi
import pulumi_dbtcloud as dbtcloud

from pulumi_dbtcloud_datafold.account.connection import ConnectionArgs, ConnectionSettings, find
from pulumi_dbtcloud_datafold.engine.guard import add_guard, hooks, parents_of
from pulumi_dbtcloud_datafold.environments.environment_guard import EnvironmentGuard
from pulumi_dbtcloud_datafold.settings.field_types import (
    BranchName,
    DbtCloudId,
    DbtVersion,
    DisplayName,
)
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel, checked_inputs


class DeploymentEnvironmentSettingsArgs(TypedDict):
    """Settings of a `DeploymentEnvironment`."""

    name: pulumi.Input[str]
    """Name shown in dbt Cloud."""
    deployment_type: NotRequired[str]
    """`production` or `staging`, of which a project has one each. Default: neither, as for CI."""
    dbt_version: NotRequired[pulumi.Input[str]]
    """Release track its jobs use. Default: `latest`."""
    custom_branch: NotRequired[pulumi.Input[str]]
    """Branch its jobs check out, and whose merges start a merge job. Default: the repository's default branch."""
    connection_id: NotRequired[pulumi.Input[int]]
    """Global connection to the warehouse. Default: that of the project."""
    credential_id: NotRequired[pulumi.Input[int]]
    """Credentials for the warehouse. Default: none, to be set in dbt Cloud."""
    extended_attributes_id: NotRequired[pulumi.Input[int]]
    """Extended attributes. Default: none."""


class DeploymentEnvironmentArgs(DeploymentEnvironmentSettingsArgs):
    """Inputs of `DeploymentEnvironment`."""

    project_id: pulumi.Input[int]
    """dbt Cloud project. Changing it makes a new environment."""
    connection: NotRequired[ConnectionArgs]
    """The account, for looking whether the environment exists already.
    Default: the stack's `dbtcloud:` configuration."""


class DeploymentEnvironmentSettings(SettingsModel):
    """`DeploymentEnvironmentSettingsArgs`, checked."""

    args_type: ClassVar[type] = DeploymentEnvironmentSettingsArgs

    name: DisplayName
    deployment_type: Literal["production", "staging"] | None = None
    dbt_version: DbtVersion = "latest"
    custom_branch: BranchName | None = None
    connection_id: DbtCloudId | None = None
    credential_id: DbtCloudId | None = None
    extended_attributes_id: DbtCloudId | None = None


class DeploymentEnvironmentInputs(DeploymentEnvironmentSettings):
    """`DeploymentEnvironmentArgs`, checked."""

    args_type: ClassVar[type] = DeploymentEnvironmentArgs

    project_id: DbtCloudId
    connection: ConnectionSettings | None = None


class DeploymentEnvironment(pulumi.ComponentResource):
    """A deployment environment for the jobs of one dbt project.

    Declares one `dbtcloud.Environment` of type deployment. Does not make the connection to the warehouse or its
    credentials. Is refused, in preview too, where the project has one of this name, or of this deployment type.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: https://docs.getdbt.com/docs/deploy/deploy-environments ; provider resource `dbtcloud_environment`.
    """

    environment_id: pulumi.Output[int]
    """The environment's number, as in its URL. Known after the first `pulumi up`."""

    def __init__(
        self,
        name: str,
        args: DeploymentEnvironmentArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the environment; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        inputs = checked_inputs(
            DeploymentEnvironmentInputs, args, f"DeploymentEnvironment '{name}'"
        )
        super().__init__("dbtcloud-datafold:index:DeploymentEnvironment", name, None, opts)
        settings = inputs.provided()
        settings.pop("connection", None)
        environment = dbtcloud.Environment(
            f"{name}-environment",
            dbtcloud.EnvironmentArgs(
                **settings,
                type="deployment",
                use_custom_branch=inputs.custom_branch is not None,
            ),
            opts=pulumi.ResourceOptions(parent=self, hooks=hooks("before_create", "after_create")),
        )
        add_guard(
            EnvironmentGuard(
                resource=environment,
                parents=parents_of(self, opts),
                connection=find(inputs.connection),
            )
        )
        self.environment_id = environment.environment_id
        self.register_outputs({"environment_id": self.environment_id})
