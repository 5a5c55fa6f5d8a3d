"""The job that builds production when a pull request is merged."""

from typing import Any, ClassVar, Literal, NotRequired

import pulumi
from pydantic import Field, model_validator

from pulumi_dbtcloud_datafold.account.connection import require_address
from pulumi_dbtcloud_datafold.jobs.dbt_command import ExecuteSteps
from pulumi_dbtcloud_datafold.jobs.declaration import (
    JobComponent,
    JobDeclaration,
    JobInputs,
    triggers,
)
from pulumi_dbtcloud_datafold.jobs.first_run import FirstRun, FirstRunArgs
from pulumi_dbtcloud_datafold.jobs.settings import (
    DeferralArgs,
    DeferringJobSettings,
    JobSettingsArgs,
    PlacementArgs,
    no_state_aware_orchestration,
)
from pulumi_dbtcloud_datafold.pipeline import pipeline_file
from pulumi_dbtcloud_datafold.pipeline.settings import PipelineSettings, PipelineSettingsArgs
from pulumi_dbtcloud_datafold.settings.field_types import DisplayName
from pulumi_dbtcloud_datafold.settings.problems import broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import checked_inputs


class MergeJobSettingsArgs(JobSettingsArgs, DeferralArgs, FirstRunArgs):
    """Settings of a `MergeJob`. Its name defaults to `Merge`, its steps to `dbt build`."""

    trigger: NotRequired[str]
    """What starts the job: `native`, dbt Cloud's integration with the git host, or `pipeline`, a pipeline of the git
    host itself, where dbt Cloud has no native integration. Default: `native`."""
    pipeline: NotRequired[PipelineSettingsArgs]
    """With `trigger: pipeline`: what the pipeline looks like. Default: GitHub Actions on `main`."""


class MergeJobArgs(PlacementArgs, MergeJobSettingsArgs):
    """Inputs of `MergeJob`."""


class MergeJobSettings(DeferringJobSettings, FirstRun):
    """`MergeJobSettingsArgs`, checked."""

    args_type: ClassVar[type] = MergeJobSettingsArgs

    name: DisplayName = "Merge"
    execute_steps: ExecuteSteps = Field(default=["dbt build"])
    """dbt commands, run in order; the first failure ends the run. With deferring_environment_id set to the
    production environment, `dbt build --select state:modified+` builds just what the merge changed."""
    trigger: Literal["native", "pipeline"] = "native"
    pipeline: PipelineSettings | None = None

    _no_state_aware_orchestration = model_validator(mode="after")(no_state_aware_orchestration)

    @model_validator(mode="after")
    def _pipeline_is_used(self) -> "MergeJobSettings":
        if self.pipeline and self.trigger == "native":
            raise broken_rule(
                "pipeline is set, but dbt Cloud itself starts the job on merge",
                "write trigger: pipeline, or remove pipeline",
            )
        return self


class MergeJobInputs(MergeJobSettings, JobInputs):
    """`MergeJobArgs`, checked."""

    args_type: ClassVar[type] = MergeJobArgs


class MergeJob(JobComponent[MergeJobInputs]):
    """A job that runs when a pull request is merged into the environment's branch.

    Declares one `dbtcloud.Job` with the trigger `on_merge`, which allows no other trigger and needs dbt Cloud's
    native git integration. With `trigger: pipeline` the job has no trigger, and `pipeline` has the file with which
    the git host starts it. Does not set the branch: it is the environment's.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: https://docs.getdbt.com/docs/deploy/merge-jobs ; Datafold's prerequisites.
    """

    job_id: pulumi.Output[int]
    """The job's number, as in its URL; Datafold's "Job that creates dbt artifacts".
    Known after the first `pulumi up`."""
    pipeline: pulumi.Output[dict[str, Any] | None]
    """With `trigger: pipeline`, the file for the repository: `kind`, `path`, `content`, `secret_name` and what it was
    made from. None otherwise. It holds no secret."""

    _type_token = "dbtcloud-datafold:index:MergeJob"  # noqa: S105 - a type, no secret

    def __init__(
        self, name: str, args: MergeJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the job; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        self.declare(name, checked_inputs(MergeJobInputs, args, f"MergeJob '{name}'"), opts)

    def _declaration(self, inputs: MergeJobInputs, where: str) -> JobDeclaration:
        return JobDeclaration(
            execute_steps=inputs.execute_steps,
            triggers=triggers(on_merge=inputs.trigger == "native"),
            datafold_has_number=True,
        )

    def _more_outputs(self, inputs: MergeJobInputs, where: str) -> pulumi.Inputs:
        """Set `pipeline`.

        Raises:
            ConfigurationError: The account is not known, so no pipeline could reach it.
        """
        self.pipeline = pulumi.Output.from_input(None)
        if inputs.trigger == "pipeline":
            address = require_address(inputs.connection, where)
            settings = inputs.pipeline or PipelineSettings()
            self.pipeline = self.job_id.apply(
                lambda job_id: dict(
                    pipeline_file.pipeline(
                        settings,
                        job_id=job_id,
                        account_id=address.account_id,
                        access_url=address.access_url.origin,
                    )
                )
            )
        return {"pipeline": self.pipeline}
