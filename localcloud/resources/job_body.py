"""What a job is made or changed with."""

from typing import Literal

from pydantic import Field

from localcloud.http.body import Body
from localcloud.resources.schedules import ScheduleBody
from localcloud.state.store import ACTIVE

CostFeature = Literal[
    "state_aware_orchestration", "efficient_testing", "dbt_state", "inherit_environment"
]


class SettingsBody(Body):
    """How dbt is called."""

    threads: int = Field(default=1, ge=1)
    target_name: str = "default"


class ExecutionBody(Body):
    """Limits of a run; 0 seconds: none but the account's."""

    timeout_seconds: int = Field(default=0, ge=0)


class TriggersBody(Body):
    """What starts a run."""

    github_webhook: bool | None = False
    git_provider_webhook: bool | None = False
    schedule: bool | None = False
    on_merge: bool | None = False


class CompletionBody(Body):
    """Which ends of which job start a run: 10 success, 20 error, 30 cancelled."""

    job_id: int
    project_id: int
    statuses: list[Literal[10, 20, 30]] = Field(min_length=1)


class CompletionTriggerBody(Body):
    """The wrapping the API has around the condition."""

    condition: CompletionBody


class JobBody(Body):
    """A job. Everything but name, project and environment has a default.

    Source of the defaults: the provider's `obj/job`; clients leave out what they do not use.
    """

    project_id: int
    environment_id: int
    name: str = Field(min_length=1)
    description: str | None = ""
    dbt_version: str | None = None
    execute_steps: list[str] = Field(default_factory=list)
    generate_docs: bool = False
    run_generate_sources: bool = False
    settings: SettingsBody = SettingsBody()
    execution: ExecutionBody = ExecutionBody()
    state: Literal[1, 2] = ACTIVE
    triggers: TriggersBody = TriggersBody()
    schedule: ScheduleBody = ScheduleBody()
    deferring_job_definition_id: int | None = None
    deferring_environment_id: int | None = None
    triggers_on_draft_pr: bool = False
    run_compare_changes: bool = False
    compare_changes_flags: str = "--select state:modified"
    run_lint: bool = False
    errors_on_lint_failure: bool = True
    job_completion_trigger_condition: CompletionTriggerBody | None = None
    cost_optimization_features: list[CostFeature] | None = None
    force_node_selection: bool | None = None
    job_type: (
        Literal["", "ci", "scheduled", "other", "merge", "exposure_sync", "adaptive", "hybrid"]
        | None
    ) = None
    lifecycle_webhooks: bool = False
    lifecycle_webhooks_url: str | None = None
