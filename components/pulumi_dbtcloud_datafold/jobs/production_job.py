"""The scheduled job that builds production."""

from typing import ClassVar, NotRequired

import pulumi
from pydantic import Field

from pulumi_dbtcloud_datafold.jobs.dbt_command import ExecuteSteps
from pulumi_dbtcloud_datafold.jobs.declaration import (
    JobComponent,
    JobDeclaration,
    JobInputs,
    triggers,
)
from pulumi_dbtcloud_datafold.jobs.first_run import FirstRun, FirstRunArgs
from pulumi_dbtcloud_datafold.jobs.schedule import Schedule, ScheduleArgs
from pulumi_dbtcloud_datafold.jobs.settings import (
    DeferralArgs,
    DeferringJobSettings,
    JobSettingsArgs,
    PlacementArgs,
    Start,
    StartArgs,
)
from pulumi_dbtcloud_datafold.settings.field_types import DisplayName
from pulumi_dbtcloud_datafold.settings.settings_model import checked_inputs


class ProductionJobSettingsArgs(JobSettingsArgs, DeferralArgs, StartArgs, FirstRunArgs):
    """Settings of a `ProductionJob`. Its name defaults to `Production`, its steps to `dbt build`."""

    schedule: NotRequired[ScheduleArgs]
    """When it runs. Default: daily at 02:00 UTC."""


class ProductionJobArgs(PlacementArgs, ProductionJobSettingsArgs):
    """Inputs of `ProductionJob`."""


class ProductionJobSettings(DeferringJobSettings, Start, FirstRun):
    """`ProductionJobSettingsArgs`, checked."""

    args_type: ClassVar[type] = ProductionJobSettingsArgs

    name: DisplayName = "Production"
    execute_steps: ExecuteSteps = Field(default=["dbt build"])
    schedule: Schedule = Field(default_factory=lambda: Schedule(hours=[2]))


class ProductionJobInputs(ProductionJobSettings, JobInputs):
    """`ProductionJobArgs`, checked."""

    args_type: ClassVar[type] = ProductionJobArgs


class ProductionJob(JobComponent[ProductionJobInputs]):
    """A scheduled job that rebuilds production with fresh data.

    Declares one `dbtcloud.Job`. Does not create the environment or start a run.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: https://docs.getdbt.com/docs/deploy/deploy-jobs ; Datafold's prerequisites.
    """

    _type_token = "dbtcloud-datafold:index:ProductionJob"  # noqa: S105 - a type, no secret

    def __init__(
        self, name: str, args: ProductionJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the job; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        inputs = checked_inputs(ProductionJobInputs, args, f"ProductionJob '{name}'")
        self.declare(name, inputs, opts)

    def _declaration(self, inputs: ProductionJobInputs, where: str) -> JobDeclaration:
        return JobDeclaration(
            execute_steps=inputs.execute_steps,
            triggers=triggers(schedule=inputs.scheduled),
            schedule=inputs.schedule if inputs.scheduled else None,
            datafold_has_number=False,
        )
