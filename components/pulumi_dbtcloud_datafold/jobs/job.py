"""What all jobs have in common: their settings, their defaults, and how they are declared.

Source: https://docs.getdbt.com/docs/deploy/jobs ; provider resource `dbtcloud_job`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict, TypeVar

import pulumi
import pulumi_dbtcloud as dbtcloud
from pydantic import AfterValidator, Field, model_validator

from pulumi_dbtcloud_datafold.account.connection import (
    ConnectionArgs,
    ConnectionSettings,
    from_stack,
)
from pulumi_dbtcloud_datafold.engine import adoption, guard
from pulumi_dbtcloud_datafold.jobs import environment_consistency, first_run, schedule
from pulumi_dbtcloud_datafold.jobs.dbt_command import ExecuteSteps
from pulumi_dbtcloud_datafold.settings.field_types import DisplayName, Form
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem, broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import (
    ALLOW_OUTPUT,
    SettingsModel,
    checked_inputs,
    no_repeats,
)

DESCRIPTION_LIMIT = 255
"""Characters dbt Cloud keeps of a job's description."""

SECRET_PREFIX = "DBT_ENV_SECRET"  # noqa: S105 - a prefix of names
"""dbt Cloud masks variables whose names begin so. Source: https://docs.getdbt.com/docs/build/environment-variables"""

RUN_LIMIT_SECONDS = 86_400
"""dbt Cloud ends any run after 24 hours. Source: https://docs.getdbt.com/docs/deploy/jobs"""

STATE_AWARE = "state_aware_orchestration"
"""The cost feature that only dbt Fusion has. Source: the provider's `cost_optimization_features`."""

THREAD_LIMIT = 1_000
"""More than any warehouse serves at once; dbt Cloud documents no limit."""

SettingsT = TypeVar("SettingsT", bound="JobSettings")
DbtCloudId = Annotated[int, Field(gt=0)]
VariableName = Annotated[
    str,
    Form(
        r"^DBT_[A-Z0-9_]+$",
        "this is not the name of a dbt Cloud environment variable",
        "begin it with DBT_, and write capitals, digits and _ only, e.g. DBT_REGION",
    ),
]
JobName = DisplayName
Status = Literal["success", "error", "canceled"]
CostFeature = Literal["state_aware_orchestration", "dbt_state", "inherit_environment"]
DbtVersion = Annotated[
    str,
    Form(
        r"^([0-9]+\.[0-9]+\.0-(latest|pre)|latest|compatible|extended|versionless|fallback"
        r"|latest-fusion|fusion-(stable|extended|nightly|fallback))$",
        "this is not a dbt version that dbt Cloud can be told to use",
        "write a release track: latest, compatible, extended, fallback, latest-fusion; or, where the account still "
        "has them, a version as dbt Cloud writes it, e.g. 1.9.0-latest",
    ),
]


class JobCompletionTriggerArgs(TypedDict):
    """Start the job when another job has ended."""

    job_id: pulumi.Input[int]
    """Number of the job to wait for."""
    project_id: pulumi.Input[int]
    """Project of that job."""
    statuses: pulumi.Input[list[pulumi.Input[str]]]
    """Which ends count: `success`, `error`, `canceled`."""


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
    """`target.name` in dbt code; the same for all jobs of an environment, or deferral compares apples with
    pears. Default: `default`."""
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
    """What a job takes the models from that it does not build itself: at most one of three."""

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


class JobCompletionTrigger(SettingsModel):
    """The plain form of `JobCompletionTriggerArgs`, checked."""

    job_id: DbtCloudId
    """Number of the job to wait for."""
    project_id: DbtCloudId
    """Project of that job."""
    statuses: Annotated[list[Status], Field(min_length=1), AfterValidator(no_repeats)]
    """Which ends count."""


class JobSettings(SettingsModel):
    """The plain form of `JobSettingsArgs`, checked, with the defaults all jobs share."""

    name: JobName
    """Name shown in dbt Cloud."""
    description: Annotated[str, Field(max_length=DESCRIPTION_LIMIT)] = ""
    """Text shown with the job."""
    execute_steps: ExecuteSteps | None
    """dbt commands, run in order; the first failure ends the run."""
    dbt_version: DbtVersion | None = None
    """Release track. Default: that of the environment."""
    num_threads: Annotated[int, Field(ge=1, le=THREAD_LIMIT)] = 4
    """Threads dbt uses."""
    target_name: Annotated[str, Field(min_length=1)] = "default"
    """`target.name` in dbt code; the same for all jobs of an environment."""
    timeout_seconds: Annotated[int, Field(ge=0, le=RUN_LIMIT_SECONDS)] = RUN_LIMIT_SECONDS
    """Cancel a run after so many seconds. Default: dbt Cloud's own limit of 24 hours."""
    generate_docs: bool = False
    """Run `dbt docs generate` at the end and keep the catalog."""
    run_generate_sources: bool = False
    """Check source freshness first; stale sources do not end the run."""
    environment_variables: dict[VariableName, Annotated[str, ALLOW_OUTPUT]] = Field(default={})
    """Values for this job of environment variables that exist in the project."""
    allow_replacement_of: DbtCloudId | None = None
    """Number of the job that may be replaced by one with another number."""
    adopt_job_id: DbtCloudId | None = None
    """Number of a job that exists and is to be taken over."""
    cost_optimization_features: list[CostFeature] | None = None
    """Cost features, where the account has them."""

    @model_validator(mode="after")
    def _cost_features_are_possible(self) -> "JobSettings":
        features = self.cost_optimization_features or []
        if len(features) > 1:
            raise broken_rule(
                "cost_optimization_features takes one feature", f"keep one of {', '.join(features)}"
            )
        version = self.dbt_version
        if STATE_AWARE in features and isinstance(version, str) and "fusion" not in version:
            # dbt Cloud turns the feature off without a word.
            raise broken_rule(
                f"{STATE_AWARE} needs dbt Fusion, and dbt_version is '{version}'",
                "write dbt_version: latest-fusion, or remove cost_optimization_features",
            )
        return self


def no_state_aware_orchestration(settings: SettingsT) -> SettingsT:
    """Refuse what dbt Cloud answers with 405 on CI and merge jobs."""
    if STATE_AWARE in (settings.cost_optimization_features or ()):
        raise broken_rule(
            f"{STATE_AWARE} does not exist for CI and merge jobs",
            "use dbt_state, or remove cost_optimization_features",
        )
    return settings


class Deferral(SettingsModel):
    """The plain form of `DeferralArgs`, checked."""

    deferring_environment_id: DbtCloudId | None = None
    """Take what is not built from the newest successful run in this environment."""
    deferring_job_id: DbtCloudId | None = None
    """The older way: defer to one job's newest successful run."""
    self_deferring: bool = False
    """Defer to the job's own previous run."""

    @model_validator(mode="after")
    def _one_deferral(self) -> "Deferral":
        ways = [
            key
            for key in ("deferring_environment_id", "deferring_job_id", "self_deferring")
            if getattr(self, key) not in (None, False)
        ]
        if len(ways) > 1:
            raise broken_rule(
                f"a job defers to one thing; {' and '.join(ways)} are set",
                f"keep {ways[0]} and remove the rest",
            )
        return self


class Start(SettingsModel):
    """The plain form of `StartArgs`, checked."""

    scheduled: bool = True
    """Whether the clock starts it. With false a job's end, a person, or an orchestrator does."""
    job_completion_trigger_condition: JobCompletionTrigger | None = None
    """Start the job when another job has ended."""

    @model_validator(mode="after")
    def _a_schedule_is_used(self) -> "Start":
        if not self.scheduled and "schedule" in self.model_fields_set:
            raise broken_rule(
                "schedule is set, but the clock does not start the job (scheduled: false)",
                "remove one of them",
            )
        return self


class Placement(SettingsModel):
    """The ids every job needs."""

    project_id: DbtCloudId
    """dbt Cloud project."""
    environment_id: DbtCloudId
    """dbt Cloud environment the job runs in."""
    connection: ConnectionSettings | None = None
    """The account."""


def check(
    model: type[JobSettings], args_type: type, args: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """Return the job's inputs with defaults; `args_type` says which may be Outputs.

    Raises:
        ConfigurationError: Something is wrong; it names every problem.
    """
    problems: list[Problem] = []
    placement_keys = Placement.model_fields.keys()
    placement = {key: args[key] for key in args if key in placement_keys}
    settings = {key: args[key] for key in args if key not in placement_keys}
    checked = {
        **checked_inputs(Placement, PlacementArgs, placement, problems),
        **checked_inputs(model, args_type, settings, problems),
    }
    if problems:
        raise ConfigurationError(where, problems)
    if given := args.get("connection"):
        checked["connection"] = given
    return checked


def triggers(
    *, schedule: bool = False, pull_request: bool = False, on_merge: bool = False
) -> dbtcloud.JobTriggersArgs:
    """Name all four triggers; the provider wants each one said.

    A pull-request job has both webhooks: `github_webhook` is GitHub's, `git_provider_webhook` that of the others.
    """
    return dbtcloud.JobTriggersArgs(
        schedule=schedule,
        github_webhook=pull_request,
        git_provider_webhook=pull_request,
        on_merge=on_merge,
    )


@dataclass(frozen=True)
class DeclaredJob:
    """What the components say of the job they declared.

    Attributes:
        job_id: The number. The provider's `id` is no use: it reads `missing ID`.
        url: Page of the job; None if the account is not known.
    """

    job_id: pulumi.Output[int]
    name: pulumi.Output[str]
    url: pulumi.Output[str | None]


def declare(
    name: str,
    component: pulumi.ComponentResource,
    opts: pulumi.ResourceOptions | None,
    checked: Mapping[str, Any],
    triggers: dbtcloud.JobTriggersArgs,
    *,
    datafold_has_number: bool,
) -> DeclaredJob:
    """Declare the provider's job, guarded, as a child of `component`, from checked inputs."""
    inputs = dict(checked)
    timeout_seconds = inputs.pop("timeout_seconds")
    when = inputs.pop("schedule", None)
    condition = inputs.pop("job_completion_trigger_condition", None)
    variables = inputs.pop("environment_variables")
    if not inputs.get("self_deferring"):
        # Beside another deferral the provider refuses even false.
        inputs.pop("self_deferring", None)
    adopt_job_id = inputs.pop("adopt_job_id", None)
    runs_first = inputs.pop("first_run", False)
    wait_seconds = inputs.pop("first_run_wait_seconds", 0)
    problems: list[Problem] = []
    account = from_stack(problems, inputs.pop("connection", None))
    where = f"{type(component).__name__} '{name}'"
    if not triggers.github_webhook:
        # Nothing is compared with what pull requests build.
        environment_consistency.require(where, checked, account)
    label = f"{type(component).__name__} {name}-job"
    watch = guard.JobGuard(
        account, problems, datafold_has_number, inputs.pop("allow_replacement_of", None)
    )
    hooks = watch.hooks(label)
    if runs_first and account is None:
        raise ConfigurationError(f"{where}: first_run", problems)
    if hooks and account and runs_first:
        first_run.add_hook(hooks, label, component, account, wait_seconds)
    import_ = adoption.import_id(adoption.JOB, f"{name}-job", adopt_job_id, component, hooks)
    declared = dbtcloud.Job(
        f"{name}-job",
        dbtcloud.JobArgs(
            **inputs,
            **(schedule.provider_inputs(when) if when else {}),
            triggers=triggers,
            execution=dbtcloud.JobExecutionArgs(timeout_seconds=timeout_seconds),
            job_completion_trigger_conditions=[
                dbtcloud.JobJobCompletionTriggerConditionArgs(**condition)
            ]
            if condition
            else None,
        ),
        opts=pulumi.ResourceOptions(
            parent=component,
            hooks=hooks,
            import_=import_,
            # The guard looks before the new job is made; the old one must still be there then.
            delete_before_replace=False,
            # dbt Cloud keeps the schedule of a job that the clock does not start; nobody declares it.
            ignore_changes=None if triggers.schedule else schedule.INPUTS,
        ),
    )
    watch.over(opts.parent if opts else None, component, declared)
    for variable, value in variables.items():
        dbtcloud.EnvironmentVariableJobOverride(
            f"{name}-{variable}",
            name=variable,
            project_id=declared.project_id,
            job_definition_id=declared.job_id,
            raw_value=pulumi.Output.secret(value) if variable.startswith(SECRET_PREFIX) else value,
            # Protection is for numbers and secrets that others have.
            opts=pulumi.ResourceOptions(parent=component, protect=False),
        )
    url = pulumi.Output.all(declared.project_id, declared.job_id).apply(
        lambda ids: account.access_url.job(account.account_id, *ids) if account else None
    )
    return DeclaredJob(declared.job_id, declared.name, url)
