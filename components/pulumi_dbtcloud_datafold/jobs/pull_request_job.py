"""The CI job that builds what a pull request changes."""

from typing import Annotated, Any, NotRequired

import pulumi
from pydantic import Field, model_validator

from pulumi_dbtcloud_datafold.jobs import job
from pulumi_dbtcloud_datafold.jobs.dbt_command import ExecuteSteps
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem, broken_rule

PULL_REQUEST_TIMEOUT_SECONDS = 3_600
CLONE_STEP = "dbt clone --select state:modified+,config.materialized:incremental,state:old"
"""Source: https://docs.getdbt.com/best-practices/clone-incremental-models"""


class PullRequestJobSettingsArgs(job.JobSettingsArgs):
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


class PullRequestJobArgs(job.PlacementArgs, PullRequestJobSettingsArgs):
    """Inputs of `PullRequestJob`. `environment_id` is the test environment, never production."""

    deferring_environment_id: pulumi.Input[int]
    """Production environment: unchanged models are read there, and "modified" means compared with it."""


class PullRequestJobSettings(job.JobSettings):
    """The CI job that builds what a pull request changes."""

    name: job.JobName = "Pull requests"
    """Name shown in dbt Cloud."""
    execute_steps: ExecuteSteps = Field(default=["dbt build --select state:modified+"])
    """dbt commands, run in order; the first failure ends the run. A plain `dbt build` builds everything."""
    timeout_seconds: Annotated[int, Field(ge=0, le=job.RUN_LIMIT_SECONDS)] = (
        PULL_REQUEST_TIMEOUT_SECONDS
    )
    """Cancel a run after so many seconds. Default: one hour."""
    triggers_on_draft_pr: bool = False
    """Run for draft pull requests too."""
    run_lint: bool = False
    """Lint the changed SQL first."""
    errors_on_lint_failure: bool = True
    """A lint error fails the run; only with run_lint."""
    run_compare_changes: bool = False
    """Run dbt compare (Advanced CI; Enterprise plans, switched on for the account)."""
    compare_changes_flags: Annotated[str, Field(min_length=1)] = "--select state:modified"
    """What dbt compare looks at."""
    clone_incremental_models: bool = False
    """First clone the incremental models that the pull request touches."""

    _no_state_aware_orchestration = model_validator(mode="after")(job.no_state_aware_orchestration)

    @model_validator(mode="after")
    def _lint_failure_needs_lint(self) -> "PullRequestJobSettings":
        if "errors_on_lint_failure" in self.model_fields_set and not self.run_lint:
            raise broken_rule(
                "errors_on_lint_failure has no effect without run_lint",
                "add run_lint: true, or remove errors_on_lint_failure",
            )
        return self


class _PullRequestInputs(PullRequestJobSettings):
    """What the component is given: the settings, and where unchanged models come from."""

    deferring_environment_id: job.DbtCloudId
    """Production environment."""


class PullRequestJob(pulumi.ComponentResource):
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
    name: pulumi.Output[str]
    """Name shown in dbt Cloud."""
    url: pulumi.Output[str | None]
    """Page of the job; none if the account is not known."""

    def __init__(
        self, name: str, args: PullRequestJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the job; `name` is the Pulumi name, `args["name"]` the one in dbt Cloud."""
        super().__init__("dbtcloud-datafold:index:PullRequestJob", name, None, opts)
        where = f"PullRequestJob '{name}'"
        checked = job.check(_PullRequestInputs, PullRequestJobArgs, args, where)
        if checked.pop("clone_incremental_models"):
            checked["execute_steps"] = [CLONE_STEP, *checked["execute_steps"]]
        checked["deferring_environment_id"] = _production_elsewhere(where, checked)
        declared = job.declare(
            name, self, opts, checked, job.triggers(pull_request=True), datafold_has_number=True
        )
        self.job_id = declared.job_id
        self.name = declared.name
        self.url = declared.url
        self.register_outputs({"job_id": self.job_id, "name": self.name, "url": self.url})


def _production_elsewhere(where: str, checked: dict[str, Any]) -> pulumi.Input[int]:
    """Return production, or refuse it if it is the job's own environment, now or when both are known.

    One and the same value for both is refused in a preview too, where it is not known yet.
    """
    environment_id, production_id = checked["environment_id"], checked["deferring_environment_id"]

    if environment_id is production_id and not isinstance(environment_id, int):
        raise _production_refused(where, None)

    if isinstance(environment_id, int) and isinstance(production_id, int):
        if environment_id == production_id:
            raise _production_refused(where, environment_id)
        return production_id

    def refuse_production(ids: list[int]) -> int:
        if ids[0] == ids[1]:
            # Of all that is raised this late, Pulumi shows only this one without its traceback.
            raise pulumi.RunError(str(_production_refused(where, ids[0])))
        return ids[1]

    return pulumi.Output.all(environment_id, production_id).apply(refuse_production)


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
