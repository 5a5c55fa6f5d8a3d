"""The scheduled job that builds production."""

from typing import NotRequired

import pulumi
from pydantic import Field

from pulumi_dbtcloud_datafold.jobs import first_run, job
from pulumi_dbtcloud_datafold.jobs.dbt_command import ExecuteSteps
from pulumi_dbtcloud_datafold.jobs.schedule import Schedule, ScheduleArgs


class ProductionJobSettingsArgs(
    job.JobSettingsArgs, job.DeferralArgs, job.StartArgs, first_run.FirstRunArgs
):
    """Settings of a `ProductionJob`. Its name defaults to `Production`, its steps to `dbt build`."""

    schedule: NotRequired[ScheduleArgs]
    """When it runs. Default: daily at 02:00 UTC."""


class ProductionJobArgs(job.PlacementArgs, ProductionJobSettingsArgs):
    """Inputs of `ProductionJob`."""


class ProductionJobSettings(job.JobSettings, job.Deferral, job.Start, first_run.FirstRun):
    """The scheduled job that builds production."""

    name: job.JobName = "Production"
    """Name shown in dbt Cloud."""
    execute_steps: ExecuteSteps = Field(default=["dbt build"])
    """dbt commands, run in order; the first failure ends the run."""
    schedule: Schedule = Field(default_factory=lambda: Schedule(hours=[2]))
    """When it runs, UTC. Default: daily at 02:00."""


class ProductionJob(pulumi.ComponentResource):
    """A scheduled job that rebuilds production with fresh data.

    Declares one `dbtcloud.Job`. Does not create the environment or start a run.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: https://docs.getdbt.com/docs/deploy/deploy-jobs ; Datafold's prerequisites.
    """

    job_id: pulumi.Output[int]
    """The job's number, as in its URL. Known after the first `pulumi up`."""
    name: pulumi.Output[str]
    """Name shown in dbt Cloud."""
    url: pulumi.Output[str | None]
    """Page of the job; none if the account is not known."""

    def __init__(
        self, name: str, args: ProductionJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the job; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        super().__init__("dbtcloud-datafold:index:ProductionJob", name, None, opts)
        checked = job.check(
            ProductionJobSettings, ProductionJobArgs, args, f"ProductionJob '{name}'"
        )
        scheduled = checked.pop("scheduled")
        if not scheduled:
            del checked["schedule"]
        declared = job.declare(
            name, self, opts, checked, job.triggers(schedule=scheduled), datafold_has_number=False
        )
        self.job_id = declared.job_id
        self.name = declared.name
        self.url = declared.url
        self.register_outputs({"job_id": self.job_id, "name": self.name, "url": self.url})
