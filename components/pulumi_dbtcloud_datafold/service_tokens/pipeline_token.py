"""The token of the pipelines that start a merge job: narrower than Datafold's.

Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens
"""

from typing import ClassVar, Literal, NotRequired

import pulumi

from pulumi_dbtcloud_datafold.account.account_plan import Plan
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.account.connection import (
    Connection,
    ConnectionArgs,
    ConnectionSettings,
    Unknown,
    find,
)
from pulumi_dbtcloud_datafold.engine.account_questions import plan_of
from pulumi_dbtcloud_datafold.engine.run_context import is_mocked
from pulumi_dbtcloud_datafold.service_tokens.rotation import Rotation, RotationArgs
from pulumi_dbtcloud_datafold.service_tokens.token_component import (
    TokenComponent,
    TokenDeclaration,
)
from pulumi_dbtcloud_datafold.settings.field_types import DbtCloudId, DisplayName
from pulumi_dbtcloud_datafold.settings.settings_model import checked_inputs

JOB_RUNNER, JOB_ADMIN = "job_runner", "job_admin"


class PipelineTokenSettingsArgs(RotationArgs):
    """Settings of a `PipelineToken`. Any change makes a new token with a new secret."""

    name: NotRequired[pulumi.Input[str]]
    """Name shown in dbt Cloud. Default: `Merge pipeline`."""
    permission_set: NotRequired[str]
    """What the token may do: `job_runner` or `job_admin`. Default: `job_runner`, or `job_admin` on the legacy
    Team plan, which has no Job Runner."""


class PipelineTokenArgs(PipelineTokenSettingsArgs):
    """Inputs of `PipelineToken`."""

    project_id: pulumi.Input[int]
    """dbt Cloud project of the job that the pipeline starts; the token is valid there only."""
    connection: NotRequired[ConnectionArgs]
    """The account, to look at its plan. Default: the stack's `dbtcloud:` configuration."""


class PipelineTokenSettings(Rotation):
    """`PipelineTokenSettingsArgs`, checked."""

    args_type: ClassVar[type] = PipelineTokenSettingsArgs

    name: DisplayName = "Merge pipeline"
    permission_set: Literal["job_runner", "job_admin"] | None = None


class PipelineTokenInputs(PipelineTokenSettings):
    """`PipelineTokenArgs`, checked."""

    args_type: ClassVar[type] = PipelineTokenArgs

    project_id: DbtCloudId
    connection: ConnectionSettings | None = None


class PipelineToken(TokenComponent):
    """A service token that can do no more than a pipeline needs: run the jobs of one project.

    Declares one `dbtcloud.ServiceToken`, or two while a rotation keeps the previous one. Does not put it into the
    repository: `GitHubPipelineFile` and `GitLabPipelineFile` do.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens ;
        https://docs.getdbt.com/guides/custom-cicd-pipelines
    """

    def __init__(
        self, name: str, args: PipelineTokenArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the token; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        inputs = checked_inputs(PipelineTokenInputs, args, f"PipelineToken '{name}'")
        super().__init__("dbtcloud-datafold:index:PipelineToken", name, None, opts)
        account = find(inputs.connection)
        declaration = TokenDeclaration(
            name=inputs.name,
            permission_set=inputs.permission_set or _narrowest(account),
            project_ids=[inputs.project_id],
            rotation=inputs,
            account=account,
            next_step="put the new secret into the repository's secrets",
        )
        self._declare(name, declaration, opts)


def _narrowest(account: Connection | Unknown) -> pulumi.Input[str]:
    """Return the least permission set with which the account's plan lets a token run jobs."""
    if isinstance(account, Unknown) or is_mocked():
        return JOB_RUNNER

    async def of_plan(_token: str) -> str:
        try:
            plan = await plan_of(account)
        except DbtCloudError as error:
            raise pulumi.RunError(str(error)) from None
        return permission_set_of(plan or Plan())

    # The plan is no secret, though a secret was needed to ask for it.
    return pulumi.Output.unsecret(account.token.apply(of_plan))


def permission_set_of(plan: Plan) -> str:
    """Return the least permission set with which a plan's tokens can run jobs.

    Raises:
        pulumi.RunError: They cannot.
    """
    if plan.is_semantic_layer_only:
        message = (
            f"the account's plan is '{plan}', whose service tokens cannot start jobs, so no pipeline can start "
            "the merge job. Use trigger: native, or an account on a legacy Team or an Enterprise plan; to try it, "
            f"write permission_set: {JOB_RUNNER}"
        )
        raise pulumi.RunError(message)
    return JOB_ADMIN if plan.is_legacy_team else JOB_RUNNER
