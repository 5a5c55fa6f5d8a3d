"""The CI job that builds what a pull request changes."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, NotRequired

import pulumi
from pydantic import AfterValidator, Field, model_validator

from pulumi_dbtcloud_datafold.jobs.dbt_command import ExecuteSteps, dbt_command
from pulumi_dbtcloud_datafold.jobs.declaration import (
    JobComponent,
    JobDeclaration,
    JobInputs,
    triggers,
)
from pulumi_dbtcloud_datafold.jobs.settings import (
    FOREIGN_KEYS,
    JobSettings,
    JobSettingsArgs,
    PlacementArgs,
    TimeoutSeconds,
    no_state_aware_orchestration,
)
from pulumi_dbtcloud_datafold.settings.field_types import DbtCloudId, DisplayName
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem, broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import checked_inputs

PULL_REQUEST_TIMEOUT_SECONDS = 3_600
CLONE_STEP = "dbt clone --select state:modified+,config.materialized:incremental,state:old"
"""Source: https://docs.getdbt.com/best-practices/clone-incremental-models"""


COMPARE_CHANGES_FLAGS = "--select state:modified"
"""dbt Cloud's own default."""


def _flags(value: str) -> str:
    if not value.startswith("--"):
        raise broken_rule(
            "these are not flags of dbt compare", f"write e.g. '{COMPARE_CHANGES_FLAGS}'"
        )
    return dbt_command(f"dbt compare {value}").removeprefix("dbt compare ")


class PullRequestJobSettingsArgs(JobSettingsArgs):
    """Settings of a `PullRequestJob`.

    Its name defaults to `Pull requests`, its steps to `dbt build --select state:modified+`, its timeout to one hour.
    """

    triggers_on_draft_pr: NotRequired[pulumi.Input[bool]]
    """Run for draft pull requests too. Default: false."""
    run_lint: NotRequired[pulumi.Input[bool]]
    """Lint the changed SQL first. Default: false."""
    errors_on_lint_failure: NotRequired[pulumi.Input[bool]]
    """A lint error fails the run; only with `run_lint`. Default: true."""
    run_compare_changes: NotRequired[pulumi.Input[bool]]
    """Run dbt compare (Advanced CI; Enterprise plans, switched on for the account). Default: false."""
    compare_changes_flags: NotRequired[pulumi.Input[str]]
    """What dbt compare looks at. Default: `--select state:modified`."""
    clone_incremental_models: NotRequired[bool]
    """First clone the incremental models that the pull request touches, so that they are built incrementally.
    Worth it on warehouses with zero-copy clones (Snowflake, Databricks, BigQuery). Default: false."""


class PullRequestJobArgs(PlacementArgs, PullRequestJobSettingsArgs):
    """Inputs of `PullRequestJob`. `environment_id` is the test environment, never production."""

    deferring_environment_id: pulumi.Input[int]
    """Production environment: unchanged models are read there, and "modified" means compared with it."""


class PullRequestJobSettings(JobSettings):
    """`PullRequestJobSettingsArgs`, checked."""

    args_type: ClassVar[type] = PullRequestJobSettingsArgs

    foreign_keys: ClassVar[Mapping[str, str]] = {
        **FOREIGN_KEYS,
        **dict.fromkeys(
            ("deferring_environment_id", "deferring_job_id", "self_deferring"),
            "remove it: the pull-request job always defers to environments.production",
        ),
        **dict.fromkeys(
            (
                "schedule",
                "scheduled",
                "schedule_days",
                "schedule_hours",
                "schedule_type",
                "schedule_cron",
            ),
            "remove it: pull requests start this job, and the clock does not",
        ),
    }

    name: DisplayName = "Pull requests"
    execute_steps: ExecuteSteps = Field(default=["dbt build --select state:modified+"])
    """dbt commands, run in order; the first failure ends the run. A plain `dbt build` builds everything."""
    timeout_seconds: TimeoutSeconds = PULL_REQUEST_TIMEOUT_SECONDS
    """Cancel a run after so many seconds. Default: one hour."""
    triggers_on_draft_pr: bool = False
    run_lint: bool = False
    errors_on_lint_failure: bool = True
    run_compare_changes: bool = False
    compare_changes_flags: Annotated[str, AfterValidator(_flags)] = COMPARE_CHANGES_FLAGS
    clone_incremental_models: bool = False

    _no_state_aware_orchestration = model_validator(mode="after")(no_state_aware_orchestration)

    @model_validator(mode="after")
    def _lint_failure_needs_lint(self) -> "PullRequestJobSettings":
        # True is dbt Cloud's default, and in everything that is copied from it.
        if self.errors_on_lint_failure is False and self.run_lint is False:
            raise broken_rule(
                "errors_on_lint_failure has no effect without run_lint",
                "add run_lint: true, or remove errors_on_lint_failure",
            )
        return self

    @model_validator(mode="after")
    def _flags_need_a_comparison(self) -> "PullRequestJobSettings":
        is_default = self.compare_changes_flags == COMPARE_CHANGES_FLAGS
        if self.run_compare_changes is False and not is_default:
            raise broken_rule(
                "compare_changes_flags has no effect without run_compare_changes",
                "add run_compare_changes: true, or remove compare_changes_flags",
            )
        return self


class PullRequestJobInputs(PullRequestJobSettings, JobInputs):
    """`PullRequestJobArgs`, checked."""

    args_type: ClassVar[type] = PullRequestJobArgs

    deferring_environment_id: DbtCloudId


class PullRequestJob(JobComponent[PullRequestJobInputs]):
    """A CI job: runs when a pull request is opened or updated, into a schema of its own.

    Declares one `dbtcloud.Job` with the git webhooks on. Does not create the environment, and does not connect the
    repository: dbt Cloud's native git integration must be set up.

    Raises:
        ConfigurationError: An input is wrong, or the job would run in the production environment.

    Source: https://docs.getdbt.com/docs/deploy/ci-jobs ; Datafold's prerequisites.
    """

    job_id: pulumi.Output[int]
    """The job's number, as in its URL; Datafold's "Job that builds pull requests".
    Known after the first `pulumi up`."""

    _type_token = "dbtcloud-datafold:index:PullRequestJob"  # noqa: S105 - a type, no secret

    def __init__(
        self, name: str, args: PullRequestJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the job; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        inputs = checked_inputs(PullRequestJobInputs, args, f"PullRequestJob '{name}'")
        self.declare(name, inputs, opts)

    def _declaration(self, inputs: PullRequestJobInputs, where: str) -> JobDeclaration:
        steps: pulumi.Input[list[str]] = inputs.execute_steps
        if inputs.clone_incremental_models:
            steps = pulumi.Output.from_input(steps).apply(lambda given: [CLONE_STEP, *given])
        return JobDeclaration(
            execute_steps=steps,
            triggers=triggers(pull_request=True),
            deferring_environment_id=_production_elsewhere(inputs, where),
            datafold_has_number=True,
        )


def _production_elsewhere(inputs: PullRequestJobInputs, where: str) -> pulumi.Input[int]:
    """Return production, or refuse it if it is the job's own environment, now or when both are known.

    One and the same value for both is refused in a preview too, where it is not known yet.
    """
    # The model says int, and lets an Output pass.
    environment_id: pulumi.Input[int] = inputs.environment_id
    production_id: pulumi.Input[int] = inputs.deferring_environment_id

    if environment_id is production_id and not isinstance(environment_id, int):
        raise _production_refused(where, None)

    if isinstance(environment_id, int) and isinstance(production_id, int):
        if environment_id == production_id:
            raise _production_refused(where, environment_id)
        return production_id

    async def if_known() -> int | None:
        return await pulumi.Output.from_input(environment_id).future()

    def refuse_production(ids: list[Any]) -> Any:  # noqa: ANN401 - a number, as Output.all has it
        if ids[0] == ids[1]:
            # Of all that is raised this late, Pulumi shows only this one without its traceback.
            raise pulumi.RunError(str(_production_refused(where, ids[0])))
        return ids[1]

    # Where a preview does not know the job's own environment, production is known all the same: it does not change.
    own: pulumi.Output[int | None] = pulumi.Output.from_input(if_known())
    return pulumi.Output.all(own, production_id).apply(refuse_production)


def _production_refused(where: str, environment_id: int | None) -> ConfigurationError:
    """Return the refusal; the number is None if the environment is itself still to be created."""
    environment = f"environment {environment_id}" if environment_id else "its environment"
    problem = Problem(
        "environment_id",
        f"{environment} is the production environment this job defers to, so pull requests "
        "would be built into production",
        "give the job a deployment environment of its own, without deployment type production",
    )
    return ConfigurationError(where, [problem])
