"""The job that keeps dbt's artifacts fresh where no merge job does."""

from typing import Any, ClassVar, Literal, NotRequired

import pulumi
from pydantic import model_validator

from pulumi_dbtcloud_datafold.account import connection
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudError, if_there
from pulumi_dbtcloud_datafold.engine.account_questions import ask
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
    TimeoutSeconds,
    is_fusion,
)
from pulumi_dbtcloud_datafold.settings.field_types import DisplayName
from pulumi_dbtcloud_datafold.settings.problems import broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import checked_inputs

ARTIFACTS_TIMEOUT_SECONDS = 1_800
COMMANDS = {
    "compile": "dbt compile",
    "ls": "dbt ls",
    "parse": "dbt parse --no-partial-parse",
}
"""What makes a manifest without building models: Datafold's prerequisites, Datafold today, dbt Labs."""


PARSE_WITH_FUSION = "dbt parse"
"""Fusion has no partial parsing, and warns of the flag in each run."""


class ArtifactsJobSettingsArgs(JobSettingsArgs, DeferralArgs, StartArgs, FirstRunArgs):
    """Settings of an `ArtifactsJob`. Its name defaults to `Datafold artifacts`, its timeout to half an hour."""

    command: NotRequired[str]
    """`compile` (needs the warehouse), `ls` (fastest) or `parse` (`dbt parse --no-partial-parse`, with dbt Fusion
    `dbt parse`). Default: `compile`.
    For anything else set `execute_steps`."""
    on_merge: NotRequired[bool]
    """Run when a pull request is merged instead of on a schedule. Default: false."""
    schedule: NotRequired[ScheduleArgs]
    """When it runs. Default: every hour."""


class ArtifactsJobArgs(PlacementArgs, ArtifactsJobSettingsArgs):
    """Inputs of `ArtifactsJob`."""


class ArtifactsJobSettings(DeferringJobSettings, Start, FirstRun):
    """`ArtifactsJobSettingsArgs`, checked."""

    args_type: ClassVar[type] = ArtifactsJobSettingsArgs

    name: DisplayName = "Datafold artifacts"
    command: Literal["compile", "ls", "parse"] = "compile"
    execute_steps: ExecuteSteps | None = None
    """dbt commands instead of the one that command names."""
    timeout_seconds: TimeoutSeconds = ARTIFACTS_TIMEOUT_SECONDS
    """Cancel a run after so many seconds. Default: half an hour."""
    on_merge: bool = False
    schedule: Schedule | None = None

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


class ArtifactsJobInputs(ArtifactsJobSettings, JobInputs):
    """`ArtifactsJobArgs`, checked."""

    args_type: ClassVar[type] = ArtifactsJobArgs


class ArtifactsJob(JobComponent[ArtifactsJobInputs]):
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

    _type_token = "dbtcloud-datafold:index:ArtifactsJob"  # noqa: S105 - a type, no secret

    def __init__(
        self, name: str, args: ArtifactsJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the job; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        inputs = checked_inputs(ArtifactsJobInputs, args, f"ArtifactsJob '{name}'")
        self.declare(name, inputs, opts)

    def _declaration(self, inputs: ArtifactsJobInputs, where: str) -> JobDeclaration:
        scheduled = inputs.scheduled and not inputs.on_merge
        return JobDeclaration(
            execute_steps=inputs.execute_steps or _steps(inputs),
            triggers=triggers(schedule=scheduled, on_merge=inputs.on_merge),
            schedule=(inputs.schedule or Schedule(interval=1)) if scheduled else None,
            datafold_has_number=True,
        )


def _steps(inputs: ArtifactsJobInputs) -> pulumi.Input[list[str]]:
    """Return the step that `command` names; for `parse`, the one of the dbt engine that the job runs."""
    step = COMMANDS[inputs.command]
    account = connection.find(inputs.connection)
    if inputs.command != "parse" or (
        inputs.dbt_version is None and isinstance(account, connection.Unknown)
    ):
        return [step]

    async def of_engine(known: list[Any]) -> list[str]:
        environment_id, version = known
        if version is None and isinstance(account, connection.Connection):
            version = await _version_of(account, environment_id)
        return [PARSE_WITH_FUSION if is_fusion(version) else step]

    return pulumi.Output.all(inputs.environment_id, inputs.dbt_version).apply(of_engine)


async def _version_of(account: connection.Connection, environment_id: int) -> str | None:
    """Return the dbt version of an environment; None if it is not there, or the token is still to be created."""
    try:
        environment = await ask(
            account, lambda api: if_there(lambda: api.environment(environment_id))
        )
    except DbtCloudError as error:
        # Of all that is raised this late, Pulumi shows only this one without its traceback.
        raise pulumi.RunError(str(error)) from None
    return environment["dbt_version"] if environment else None
