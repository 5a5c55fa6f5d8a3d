"""The settings that all jobs have in common.

Source: https://docs.getdbt.com/docs/deploy/jobs ; provider resource `dbtcloud_job`.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, NotRequired, TypedDict, TypeVar

import pulumi
from pydantic import AfterValidator, Field, model_validator

from pulumi_dbtcloud_datafold.account.connection import ConnectionArgs, ConnectionSettings
from pulumi_dbtcloud_datafold.jobs.dbt_command import ExecuteSteps, state_needed
from pulumi_dbtcloud_datafold.settings.field_types import (
    DbtCloudId,
    DbtVersion,
    DisplayName,
    Form,
    Visible,
    no_repeats,
)
from pulumi_dbtcloud_datafold.settings.problems import broken_rule, require_one
from pulumi_dbtcloud_datafold.settings.settings_model import ALLOW_OUTPUT, SettingsModel

DESCRIPTION_LIMIT = 255
"""Characters dbt Cloud keeps of a job's description."""

SECRET_PREFIX = "DBT_ENV_SECRET"  # noqa: S105 - a prefix of names
"""dbt Cloud masks variables whose names begin so. Source: https://docs.getdbt.com/docs/build/environment-variables"""

RUN_LIMIT_SECONDS = 86_400
"""dbt Cloud ends any run after 24 hours. Source: https://docs.getdbt.com/docs/deploy/jobs"""

DBT_STATE = "dbt_state"
"""The cost feature with which dbt Cloud defers by itself."""

STATE_AWARE = "state_aware_orchestration"
"""The cost feature that only dbt Fusion has. Source: the provider's `cost_optimization_features`."""

THREAD_LIMIT = 1_000
"""More than any warehouse serves at once; dbt Cloud documents no limit."""

SettingsT = TypeVar("SettingsT", bound="JobSettings")
VariableName = Annotated[
    str,
    Form(
        r"^DBT_[A-Z0-9_]+$",
        "this is not the name of a dbt Cloud environment variable",
        "begin it with DBT_, and write capitals, digits and _ only, e.g. DBT_REGION",
    ),
]
Status = Literal["success", "error", "canceled"]
CostFeature = Literal["state_aware_orchestration", "dbt_state", "inherit_environment"]
TimeoutSeconds = Annotated[int, Field(ge=0, le=RUN_LIMIT_SECONDS)]


class JobCompletionTriggerArgs(TypedDict):
    """Start the job when another job has ended."""

    job_id: pulumi.Input[int]
    """Number of the job to wait for."""
    project_id: pulumi.Input[int]
    """Project of that job."""
    statuses: pulumi.Input[list[pulumi.Input[str]]]
    """With which results: `success`, `error`, `canceled`."""


class JobSettingsArgs(TypedDict):
    """Settings every job has. Each has a default; the components say where theirs differ."""

    name: NotRequired[pulumi.Input[str]]
    """Name shown in dbt Cloud."""
    description: NotRequired[pulumi.Input[str]]
    """Text shown with the job, up to 255 characters. Default: none."""
    execute_steps: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """dbt commands, run in order; the first failure ends the run."""
    dbt_version: NotRequired[pulumi.Input[str]]
    """Release track, e.g. `latest`. Default: that of the environment, which all its jobs then share."""
    num_threads: NotRequired[pulumi.Input[int]]
    """Threads dbt uses. Default: 4."""
    target_name: NotRequired[pulumi.Input[str]]
    """`target.name` in dbt code; the same for all jobs of an environment, as pull requests are compared with the newest
    run of any of them. Default: `default`."""
    timeout_seconds: NotRequired[pulumi.Input[int]]
    """Cancel a run after so many seconds; 0 means dbt Cloud's own limit of 24 hours. Unless set, 86400 for production
    and merge jobs, 3600 for pull-request jobs, 1800 for artifacts jobs."""
    generate_docs: NotRequired[pulumi.Input[bool]]
    """Run `dbt docs generate` at the end and keep the catalog. Default: false."""
    run_generate_sources: NotRequired[pulumi.Input[bool]]
    """Check source freshness first; stale sources do not end the run. Default: false."""
    environment_variables: NotRequired[dict[str, pulumi.Input[str]]]
    """Values for this job of environment variables that exist in the project, e.g. `DBT_REGION`. Those of
    `DBT_ENV_SECRET...` are kept as Pulumi secrets. Default: those of the environment."""
    allow_replacement_of: NotRequired[int]
    """Number of the job that may be replaced by one with another number. A change that dbt Cloud cannot make in
    place is refused without it for the jobs whose numbers Datafold has. Default: none."""
    adopt_job_id: NotRequired[int]
    """Number of a job that exists: it is taken over, updated, and keeps its number. Without effect once the stack
    has it. Default: none, a job is created."""
    cost_optimization_features: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """`state_aware_orchestration`, `dbt_state` or `inherit_environment`, where the account has it.
    Default: none, every run builds what its steps select."""


class DeferralArgs(TypedDict):
    """Where a job finds the models that it does not build itself: at most one of three."""

    deferring_environment_id: NotRequired[pulumi.Input[int]]
    """Take what is not built from the newest successful run in this environment. Default: no deferral."""
    deferring_job_id: NotRequired[pulumi.Input[int]]
    """The older way: defer to one job's newest successful run. Default: no deferral."""
    self_deferring: NotRequired[pulumi.Input[bool]]
    """Defer to the job's own previous run. Default: false."""


class StartArgs(TypedDict):
    """What starts a job that no pull request starts."""

    scheduled: NotRequired[bool]
    """Whether the clock starts it. With false a job's end (`job_completion_trigger_condition`), a person, or an
    orchestrator through dbt Cloud's API does. Default: true."""
    job_completion_trigger_condition: NotRequired[JobCompletionTriggerArgs]
    """Start the job when another job has ended. Default: never."""


class PlacementArgs(TypedDict):
    """Where a job lives."""

    project_id: pulumi.Input[int]
    """dbt Cloud project. Changing it makes a new job with a new number."""
    environment_id: pulumi.Input[int]
    """dbt Cloud environment the job runs in."""
    connection: NotRequired[ConnectionArgs]
    """The account, for the job's link and for looking whether the job exists already.
    Default: the stack's `dbtcloud:` configuration."""


FOREIGN_KEYS = {
    **dict.fromkeys(("schedule_hours", "schedule_type"), "write e.g. schedule: {hours: [2]}"),
    "schedule_days": "write e.g. schedule: {hours: [2], days: [1, 5]}",
    "schedule_interval": "write e.g. schedule: {interval: 6}",
    "schedule_cron": "write e.g. schedule: {cron: '0 6 * * 1-5'}",
    "is_active": "remove it: a job of the stack is active; scheduled: false stops the clock",
    **dict.fromkeys(
        ("triggers", "github_webhook", "git_provider_webhook", "on_merge", "custom_branch_only"),
        "remove it: the kind of the job decides what starts it; scheduled: false stops the clock",
    ),
    **dict.fromkeys(("steps", "commands"), "write execute_steps"),
    **dict.fromkeys(("id", "job_id"), "write adopt_job_id"),
    "execution": "write e.g. timeout_seconds: 3600",
    "settings": "write num_threads and target_name, each as a key of its own",
    "threads": "write num_threads",
    "custom_environment_variables": "write e.g. environment_variables: {DBT_REGION: eu}",
    "job_completion_trigger_conditions": "write job_completion_trigger_condition",
    "deferring_job_definition_id": "write deferring_job_id",
    "linked_id": "write adopt_job_id",
    "account_id": "remove it: the account is dbtcloud:accountId",
    "project_id": "remove it: the job is in the project of its block",
    "environment_id": "remove it: the job runs in one of the environments of its block",
    **dict.fromkeys(
        ("job_type", "force_node_selection", "validate_execute_steps", "identifier", "state"),
        "remove it: the stack decides this itself",
    ),
}
"""Keys of Terraform's provider, of jobs.yml and of dbt Cloud's API, which people copy, and what takes their place."""


class JobCompletionTrigger(SettingsModel):
    """`JobCompletionTriggerArgs`, checked."""

    args_type: ClassVar[type] = JobCompletionTriggerArgs

    job_id: DbtCloudId
    project_id: DbtCloudId
    statuses: Annotated[list[Status], Field(min_length=1), AfterValidator(no_repeats)]


class JobSettings(SettingsModel):
    """`JobSettingsArgs`, checked, with the defaults all jobs share."""

    args_type: ClassVar[type] = JobSettingsArgs
    foreign_keys: ClassVar[Mapping[str, str]] = FOREIGN_KEYS

    name: DisplayName
    description: Annotated[str, Field(max_length=DESCRIPTION_LIMIT)] = ""
    execute_steps: ExecuteSteps | None
    dbt_version: DbtVersion | None = None
    num_threads: Annotated[int, Field(ge=1, le=THREAD_LIMIT)] = 4
    target_name: Annotated[str, Field(min_length=1), Visible] = "default"
    timeout_seconds: TimeoutSeconds = RUN_LIMIT_SECONDS
    generate_docs: bool = False
    run_generate_sources: bool = False
    environment_variables: dict[VariableName, Annotated[str, ALLOW_OUTPUT]] = Field(default={})
    allow_replacement_of: DbtCloudId | None = None
    adopt_job_id: DbtCloudId | None = None
    cost_optimization_features: list[CostFeature] | None = None

    @model_validator(mode="after")
    def _cost_features_are_possible(self) -> "JobSettings":
        features = self.cost_optimization_features or []
        if len(features) > 1:
            raise broken_rule(
                "cost_optimization_features takes one feature", f"keep one of {', '.join(features)}"
            )
        version = self.dbt_version
        if STATE_AWARE in features and isinstance(version, str) and not is_fusion(version):
            # dbt Cloud turns the feature off without a word.
            raise broken_rule(
                f"{STATE_AWARE} needs dbt Fusion, and dbt_version is '{version}'",
                "write dbt_version: latest-fusion, or remove cost_optimization_features",
            )
        return self


def is_fusion(version: str | None) -> bool:
    """Tell whether a dbt version is one of dbt Fusion."""
    return version is not None and "fusion" in version


def no_state_aware_orchestration(settings: SettingsT) -> SettingsT:
    """Refuse what dbt Cloud answers with 405 on CI and merge jobs."""
    if STATE_AWARE in (settings.cost_optimization_features or ()):
        raise broken_rule(
            f"{STATE_AWARE} does not exist for CI and merge jobs",
            "use dbt_state, or remove cost_optimization_features",
        )
    return settings


class Deferral(SettingsModel):
    """`DeferralArgs`, checked."""

    args_type: ClassVar[type] = DeferralArgs

    deferring_environment_id: DbtCloudId | None = None
    deferring_job_id: DbtCloudId | None = None
    self_deferring: bool = False

    @model_validator(mode="after")
    def _one_deferral(self) -> "Deferral":
        require_one(
            self,
            ("deferring_environment_id", "deferring_job_id", "self_deferring"),
            "a job defers to",
            "keep one of them",
            or_none=True,
        )
        return self


class DeferringJobSettings(JobSettings, Deferral):
    """The settings of a job that may defer, and need not."""

    @property
    def state_need(self) -> str | None:
        """The first step that compares with an earlier run, in a job that is not set to defer; None without one."""
        deferrals = (self.deferring_environment_id, self.deferring_job_id, self.self_deferring)
        if not isinstance(self.execute_steps, list) or any(
            deferral not in (None, False) for deferral in deferrals
        ):
            return None
        needs = (
            (number, state_needed(step))
            for number, step in enumerate(self.execute_steps)
            if isinstance(step, str)
        )
        return next((f"execute_steps[{number}] ({need})" for number, need in needs if need), None)

    @model_validator(mode="after")
    def _a_comparison_has_a_state(self) -> "DeferringJobSettings":
        if not (need := self.state_need) or DBT_STATE in (self.cost_optimization_features or ()):
            return self
        if "--state" in need or "--defer" in need:
            raise broken_rule(
                f"{need}: dbt Cloud sets the state itself, from the run that the job defers to",
                "remove the flag, and add self_deferring: true or a deferring_environment_id",
            )
        raise broken_rule(
            f"{need} compares with the state of an earlier run, and the job defers to nothing: each run would fail",
            "add self_deferring: true, or deferring_environment_id with the number of the production environment",
        )


class Start(SettingsModel):
    """`StartArgs`, checked."""

    args_type: ClassVar[type] = StartArgs

    scheduled: bool = True
    job_completion_trigger_condition: JobCompletionTrigger | None = None

    @model_validator(mode="after")
    def _a_schedule_is_used(self) -> "Start":
        if not self.scheduled and "schedule" in self.model_fields_set:
            raise broken_rule(
                "schedule is set, but the clock does not start the job (scheduled: false)",
                "remove one of them",
            )
        return self


class Placement(SettingsModel):
    """`PlacementArgs`, checked."""

    args_type: ClassVar[type] = PlacementArgs

    project_id: DbtCloudId
    environment_id: DbtCloudId
    connection: ConnectionSettings | None = None
