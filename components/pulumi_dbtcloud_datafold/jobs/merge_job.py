"""The job that builds production when a pull request is merged."""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired

import pulumi
from pydantic import Field, model_validator

from pulumi_dbtcloud_datafold.account import connection
from pulumi_dbtcloud_datafold.jobs import first_run, job
from pulumi_dbtcloud_datafold.jobs.dbt_command import ExecuteSteps
from pulumi_dbtcloud_datafold.pipeline import pipeline_file
from pulumi_dbtcloud_datafold.pipeline.settings import PipelineSettings, PipelineSettingsArgs
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem, broken_rule


class MergeJobSettingsArgs(job.JobSettingsArgs, job.DeferralArgs, first_run.FirstRunArgs):
    """Settings of a `MergeJob`. Its name defaults to `Merge`, its steps to `dbt build`."""

    trigger: NotRequired[str]
    """What starts the job: `native`, dbt Cloud's integration with the git host, or `pipeline`, a pipeline of the git
    host itself, where dbt Cloud has no native integration. Default: `native`."""
    pipeline: NotRequired[PipelineSettingsArgs]
    """With `trigger: pipeline`: what the pipeline looks like. Default: GitHub Actions on `main`."""


class MergeJobArgs(job.PlacementArgs, MergeJobSettingsArgs):
    """Inputs of `MergeJob`."""


class MergeJobSettings(job.JobSettings, job.Deferral, first_run.FirstRun):
    """The job that builds production when a pull request is merged."""

    name: job.JobName = "Merge"
    """Name shown in dbt Cloud."""
    execute_steps: ExecuteSteps = Field(default=["dbt build"])
    """dbt commands, run in order; the first failure ends the run. With deferring_environment_id set to the
    production environment, `dbt build --select state:modified+` builds just what the merge changed."""
    trigger: Literal["native", "pipeline"] = "native"
    """What starts the job: dbt Cloud's native git integration, or a pipeline of the git host."""
    pipeline: PipelineSettings | None = None
    """With trigger: pipeline, what the pipeline looks like. Default: GitHub Actions on main."""

    _no_state_aware_orchestration = model_validator(mode="after")(job.no_state_aware_orchestration)

    @model_validator(mode="after")
    def _pipeline_is_used(self) -> "MergeJobSettings":
        if self.pipeline and self.trigger == "native":
            raise broken_rule(
                "pipeline is set, but dbt Cloud itself starts the job on merge",
                "write trigger: pipeline, or remove pipeline",
            )
        return self


class MergeJob(pulumi.ComponentResource):
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
    name: pulumi.Output[str]
    """Name shown in dbt Cloud."""
    url: pulumi.Output[str | None]
    """Page of the job; none if the account is not known."""
    pipeline: pulumi.Output[dict[str, Any] | None]
    """With `trigger: pipeline`, the file for the repository: `kind`, `path`, `content`, `secret_name` and what it was
    made from. None otherwise. It holds no secret."""

    def __init__(
        self, name: str, args: MergeJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the job; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        super().__init__("dbtcloud-datafold:index:MergeJob", name, None, opts)
        checked = job.check(MergeJobSettings, MergeJobArgs, args, f"MergeJob '{name}'")
        by_pipeline = checked.pop("trigger") == "pipeline"
        settings = checked.pop("pipeline", {})
        declared = job.declare(
            name,
            self,
            opts,
            checked,
            job.triggers(on_merge=not by_pipeline),
            datafold_has_number=True,
        )
        self.job_id = declared.job_id
        self.name = declared.name
        self.url = declared.url
        self.pipeline = (
            _pipeline(declared, settings, args.get("connection"), f"MergeJob '{name}'")
            if by_pipeline
            else pulumi.Output.from_input(None)
        )
        self.register_outputs(
            {
                "job_id": self.job_id,
                "name": self.name,
                "url": self.url,
                "pipeline": self.pipeline,
            }
        )


def _pipeline(
    declared: job.DeclaredJob,
    settings: Mapping[str, Any],
    given: connection.ConnectionArgs | None,
    where: str,
) -> pulumi.Output[dict[str, Any] | None]:
    """Return the pipeline that starts the job.

    Raises:
        ConfigurationError: The account is not known, so no pipeline could reach it.
    """
    problems: list[Problem] = []
    account = connection.address(problems, given)
    if account is None:
        raise ConfigurationError(where, problems)
    account_id, access_url = account
    return declared.job_id.apply(
        lambda job_id: dict(
            pipeline_file.pipeline(
                settings, job_id=job_id, account_id=account_id, access_url=access_url.origin
            )
        )
    )
