"""The token of the pipelines that start a merge job: narrower than Datafold's.

Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens
"""

from typing import Literal, NotRequired

import pulumi

from pulumi_dbtcloud_datafold.account.account_plan import Plan, plan_of
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError
from pulumi_dbtcloud_datafold.account.connection import (
    Connection,
    ConnectionArgs,
    ConnectionSettings,
    from_stack,
)
from pulumi_dbtcloud_datafold.engine.run_context import is_mocked
from pulumi_dbtcloud_datafold.jobs.job import DbtCloudId
from pulumi_dbtcloud_datafold.service_tokens import service_token
from pulumi_dbtcloud_datafold.service_tokens.rotation import Rotation, RotationArgs
from pulumi_dbtcloud_datafold.service_tokens.token_guard import TokenGuard
from pulumi_dbtcloud_datafold.settings.field_types import DisplayName
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem
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
    """The token with which a pipeline starts the merge job."""

    name: DisplayName = "Merge pipeline"
    """Name shown in dbt Cloud."""
    permission_set: Literal["job_runner", "job_admin"] | None = None
    """What the token may do. Default: job_runner, or job_admin on the legacy Team plan, which has no Job Runner."""


class _PipelineTokenInputs(PipelineTokenSettings):
    """What the component is given: the settings, and where the token is valid."""

    project_id: DbtCloudId
    """dbt Cloud project."""
    connection: ConnectionSettings | None = None
    """The account."""


class PipelineToken(pulumi.ComponentResource):
    """A service token that can do no more than a pipeline needs: run the jobs of one project.

    Declares one `dbtcloud.ServiceToken`, or two while a rotation keeps the previous one. Does not put it into the
    repository: `GitHubPipelineFile` and `GitLabPipelineFile` do.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens ;
        https://docs.getdbt.com/guides/custom-cicd-pipelines
    """

    token_id: pulumi.Output[str]
    """The token's number, as text."""
    name: pulumi.Output[str]
    """Name shown in dbt Cloud."""
    token_string: pulumi.Output[str]
    """Secret. Readable only at creation."""
    previous_token_string: pulumi.Output[str | None]
    """Secret. That of the generation before, while `keep_previous` is set."""

    def __init__(
        self, name: str, args: PipelineTokenArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the token; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        super().__init__("dbtcloud-datafold:index:PipelineToken", name, None, opts)
        problems: list[Problem] = []
        checked = checked_inputs(_PipelineTokenInputs, PipelineTokenArgs, args, problems)
        if problems:
            raise ConfigurationError(f"PipelineToken '{name}'", problems)
        account = from_stack([], args.get("connection"))
        checked["project_ids"] = [checked.pop("project_id")]
        checked.setdefault("permission_set", _narrowest(account))
        watch = TokenGuard(self, account, then="put the new secret into the repository's secrets")
        service_token.declare(name, self, opts, checked, watch).become_outputs_of(self)


def _narrowest(account: Connection | None) -> pulumi.Input[str]:
    """Return the least permission set with which the account's plan lets a token run jobs."""
    if account is None or is_mocked():
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
