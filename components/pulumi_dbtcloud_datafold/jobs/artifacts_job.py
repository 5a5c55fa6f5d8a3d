"""The job that keeps dbt's artifacts fresh where no merge job does."""

from typing import Annotated, Literal, NotRequired

import pulumi
from pydantic import Field, model_validator

from pulumi_dbtcloud_datafold.jobs import first_run, job
from pulumi_dbtcloud_datafold.jobs.dbt_command import ExecuteSteps
from pulumi_dbtcloud_datafold.jobs.schedule import Schedule, ScheduleArgs
from pulumi_dbtcloud_datafold.settings.problems import broken_rule

ARTIFACTS_TIMEOUT_SECONDS = 1_800
COMMANDS = {
    "compile": "dbt compile",
    "ls": "dbt ls",
    "parse": "dbt parse --no-partial-parse",
}
"""What makes a manifest without building models: Datafold's prerequisites, Datafold today, dbt Labs."""


class ArtifactsJobSettingsArgs(
    job.JobSettingsArgs, job.DeferralArgs, job.StartArgs, first_run.FirstRunArgs
):
    """Settings of an `ArtifactsJob`. Its name defaults to `Datafold artifacts`, its timeout to half an hour."""

    command: NotRequired[str]
    """`compile` (needs the warehouse), `ls` (fastest) or `parse` (`dbt parse --no-partial-parse`). Default: `compile`.
    For anything else set `execute_steps`."""
    on_merge: NotRequired[bool]
    """Run when a pull request is merged instead of on a schedule. Default: false."""
    schedule: NotRequired[ScheduleArgs]
    """When it runs. Default: every hour."""


class ArtifactsJobArgs(job.PlacementArgs, ArtifactsJobSettingsArgs):
    """Inputs of `ArtifactsJob`."""


class ArtifactsJobSettings(job.JobSettings, job.Deferral, job.Start, first_run.FirstRun):
    """The job that keeps dbt's artifacts fresh where no merge job does."""

    name: job.JobName = "Datafold artifacts"
    """Name shown in dbt Cloud."""
    command: Literal["compile", "ls", "parse"] = "compile"
    """What makes the manifest."""
    execute_steps: ExecuteSteps | None = None
    """dbt commands instead of the one that command names."""
    timeout_seconds: Annotated[int, Field(ge=0, le=job.RUN_LIMIT_SECONDS)] = (
        ARTIFACTS_TIMEOUT_SECONDS
    )
    """Cancel a run after so many seconds. Default: half an hour."""
    on_merge: bool = False
    """Run when a pull request is merged instead of on a schedule."""
    schedule: Schedule | None = None
    """When it runs, UTC. Default: every hour."""

    @model_validator(mode="after")
    def _one_source_of_steps(self) -> "ArtifactsJobSettings":
        if self.execute_steps and "command" in self.model_fields_set:
            raise broken_rule(
                "command and execute_steps both say what the job runs", "keep one of them"
            )
        return self

    @model_validator(mode="after")
    def _one_trigger(self) -> "ArtifactsJobSettings":
        if self.on_merge and (self.schedule or self.job_completion_trigger_condition):
            raise broken_rule(
                "on_merge allows no other trigger",
                "remove schedule and job_completion_trigger_condition, or on_merge",
            )
        return self


class ArtifactsJob(pulumi.ComponentResource):
    """An hourly job that makes `manifest.json` without building a model.

    Declares one `dbtcloud.Job`. Needed only where no merge job exists: Datafold reads one artifacts
    job for each project. Does not create the environment or start a run.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: Datafold's prerequisites (hourly `dbt compile`); Datafold's page of 2026 (`dbt ls`);
        https://docs.getdbt.com/docs/deploy/merge-jobs (`dbt parse --no-partial-parse`).
    """

    job_id: pulumi.Output[int]
    """The job's number, as in its URL; Datafold's "Job that creates dbt artifacts".
    Known after the first `pulumi up`."""
    name: pulumi.Output[str]
    """Name shown in dbt Cloud."""
    url: pulumi.Output[str | None]
    """Page of the job; none if the account is not known."""

    def __init__(
        self, name: str, args: ArtifactsJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the job; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        super().__init__("dbtcloud-datafold:index:ArtifactsJob", name, None, opts)
        checked = job.check(ArtifactsJobSettings, ArtifactsJobArgs, args, f"ArtifactsJob '{name}'")
        command = checked.pop("command")
        checked.setdefault("execute_steps", [COMMANDS[command]])
        on_merge = checked.pop("on_merge")
        scheduled = checked.pop("scheduled") and not on_merge
        if scheduled:
            checked.setdefault("schedule", {"interval": 1})
        declared = job.declare(
            name,
            self,
            opts,
            checked,
            job.triggers(schedule=scheduled, on_merge=on_merge),
            datafold_has_number=True,
        )
        self.job_id = declared.job_id
        self.name = declared.name
        self.url = declared.url
        self.register_outputs({"job_id": self.job_id, "name": self.name, "url": self.url})
