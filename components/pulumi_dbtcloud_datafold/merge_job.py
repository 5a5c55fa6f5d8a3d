"""The job that builds production when a pull request is merged."""

import pulumi
from pydantic import Field, model_validator

from pulumi_dbtcloud_datafold import first_run, job
from pulumi_dbtcloud_datafold.dbt_command import ExecuteSteps


class MergeJobSettingsArgs(job.JobSettingsArgs, job.DeferralArgs, first_run.FirstRunArgs):
    """Settings of a `MergeJob`. Its name defaults to `Merge`, its steps to `dbt build`."""


class MergeJobArgs(job.PlacementArgs, MergeJobSettingsArgs):
    """Inputs of `MergeJob`."""


class MergeJobSettings(job.JobSettings, job.Deferral, first_run.FirstRun):
    """The job that builds production when a pull request is merged."""

    name: job.JobName = "Merge"
    """Name shown in dbt Cloud."""
    execute_steps: ExecuteSteps = Field(default=["dbt build"])
    """dbt commands, run in order; the first failure ends the run. With deferring_environment_id set to the
    production environment, `dbt build --select state:modified+` builds just what the merge changed."""

    _no_state_aware_orchestration = model_validator(mode="after")(job.no_state_aware_orchestration)


class MergeJob(pulumi.ComponentResource):
    """A job that dbt Cloud starts when a pull request is merged into the environment's branch.

    Declares one `dbtcloud.Job` with the trigger `on_merge`, which allows no other trigger. Does
    not set the branch: it is the environment's. Needs dbt Cloud's native git integration.

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

    def __init__(
        self, name: str, args: MergeJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the job; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        super().__init__("dbtcloud-datafold:index:MergeJob", name, None, opts)
        checked = job.check(MergeJobSettings, args, f"MergeJob '{name}'")
        declared = job.declare(
            name, self, checked, job.triggers(on_merge=True), datafold_has_number=True
        )
        self.job_id = declared.job_id
        self.name = declared.name
        self.url = declared.url
        self.register_outputs({"job_id": self.job_id, "name": self.name, "url": self.url})
