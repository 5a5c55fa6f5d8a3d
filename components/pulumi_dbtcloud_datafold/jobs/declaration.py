"""How a job is declared: guarded, with its variables, as the child of a component.

Source: https://docs.getdbt.com/docs/deploy/jobs ; provider resource `dbtcloud_job`.
"""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Generic, Self, TypeVar

import pulumi
import pulumi_dbtcloud as dbtcloud

from pulumi_dbtcloud_datafold.account import connection
from pulumi_dbtcloud_datafold.engine.adoption import Adoptable, adopt
from pulumi_dbtcloud_datafold.engine.guard import add_guard, hooks, parents_of
from pulumi_dbtcloud_datafold.engine.stack_state import JOB_TYPE
from pulumi_dbtcloud_datafold.jobs import environment_consistency, schedule
from pulumi_dbtcloud_datafold.jobs.dbt_command import builds_only_changes
from pulumi_dbtcloud_datafold.jobs.first_run import FirstRun, first_run_hook
from pulumi_dbtcloud_datafold.jobs.job_guard import JobGuard
from pulumi_dbtcloud_datafold.jobs.schedule import Schedule
from pulumi_dbtcloud_datafold.jobs.settings import (
    SECRET_PREFIX,
    DeferringJobSettings,
    JobSettings,
    Placement,
    Start,
)
from pulumi_dbtcloud_datafold.jobs.variable_guard import VariableGuard
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError
from pulumi_dbtcloud_datafold.settings.settings_model import is_resolved

JOB = Adoptable(
    type_token=JOB_TYPE,
    key="adopt_job_id",
    number_output="jobId",
    refusal="job {number} cannot become this job: it is in another project, or only one of the two is a CI job, and "
    "dbt Cloud cannot change that in place. It would be deleted and another one created. Correct adopt_job_id; or "
    "remove it, to have a job of its own created or the adopted one replaced",
)

PROVIDER_KEYS = (
    *("project_id", "environment_id", "name", "description", "dbt_version", "num_threads"),
    *("target_name", "generate_docs", "run_generate_sources", "cost_optimization_features"),
    *("deferring_environment_id", "deferring_job_id", "self_deferring"),
    *("triggers_on_draft_pr", "run_lint", "errors_on_lint_failure"),
    *("run_compare_changes", "compare_changes_flags"),
)
"""Settings of all kinds of jobs that the provider has under the same name."""


_KEPT = [
    *(key for key in PROVIDER_KEYS if key not in ("cost_optimization_features", "self_deferring")),
    *("execute_steps", "execution", "schedule_interval", *schedule.INPUTS),
]
"""What stays as it is of a job that is kept: all that does not start it, and that has a default."""


class JobInputs(JobSettings, Placement):
    """What every job component is given."""


@dataclass(frozen=True, kw_only=True)
class JobDeclaration:
    """A job as its component wants it.

    Attributes:
        execute_steps: dbt commands, run in order.
        triggers: What starts it.
        schedule: When the clock starts it; None if it does not.
        datafold_has_number: Whether Datafold is given its number, which must then not change.
        deferring_environment_id: Where it defers to, in place of the setting.
    """

    execute_steps: pulumi.Input[list[str]]
    triggers: dbtcloud.JobTriggersArgs
    datafold_has_number: bool
    schedule: Schedule | None = None
    deferring_environment_id: pulumi.Input[int] | None = None


InputsT = TypeVar("InputsT", bound=JobInputs)


class JobComponent(pulumi.ComponentResource, Generic[InputsT]):
    """A component that declares one job."""

    job_id: pulumi.Output[int]
    """The job's number, as in its URL. Known after the first `pulumi up`."""
    name: pulumi.Output[str]
    """Name shown in dbt Cloud."""
    url: pulumi.Output[str | None]
    """Page of the job; none if the account is not known."""

    _type_token: ClassVar[str]

    @classmethod
    def undeclared(cls) -> Self:
        """Return the component without a resource, for `declare`."""
        return cls.__new__(cls)

    @classmethod
    def types(cls) -> str:
        """Return the types of the component and of its job, as a URN has them."""
        return f"{cls._type_token}${JOB.type_token}"

    @abstractmethod
    def _declaration(self, inputs: InputsT, where: str) -> JobDeclaration:
        """Return the job to declare; `where` names the component in errors."""

    def _more_outputs(self, inputs: InputsT, where: str) -> pulumi.Inputs:
        """Set the outputs that other kinds of jobs do not have, and return them."""
        return {}

    def declare(
        self,
        name: str,
        inputs: InputsT,
        opts: pulumi.ResourceOptions | None,
        *,
        datafold_reads: bool = True,
        is_kept: bool = False,
    ) -> None:
        """Declare the job from inputs that are checked already, as those of `DatafoldIntegration` are.

        Args:
            name: The Pulumi name.
            inputs: The checked inputs.
            opts: Resource options.
            datafold_reads: False if Datafold is given the number of another job in its place.
            is_kept: The stack has the job, and nothing more is to start it: all else stays as it is.
        """
        super().__init__(self._type_token, name, None, opts)
        where = f"{type(self).__name__} '{name}'"
        declaration = self._declaration(inputs, where)
        if not datafold_reads:
            declaration = replace(declaration, datafold_has_number=False)
        if is_kept:
            declaration = replace(declaration, triggers=triggers())
        _advise(self, inputs, declaration)
        account = connection.find(inputs.connection)
        # A kept job does not run.
        if not declaration.triggers.github_webhook and not is_kept:
            # Nothing is compared with what pull requests build.
            environment_consistency.require(where, inputs.environment_id, inputs, account)
        adoption = adopt(JOB, f"{name}-job", inputs.adopt_job_id, self)
        # Declared here, because the state keeps the whole call stack of each resource.
        job = dbtcloud.Job(
            f"{name}-job",
            _provider_inputs(inputs, declaration),
            opts=pulumi.ResourceOptions(
                parent=self,
                hooks=self._hooks(name, inputs, account),
                import_=adoption.import_,
                # The guard looks before the new job is made; the old one must still be there then.
                delete_before_replace=False,
                ignore_changes=_KEPT if is_kept else _kept_inputs(inputs, declaration),
            ),
        )
        add_guard(
            JobGuard(
                resource=job,
                parents=parents_of(self, opts),
                adoption_refusal=adoption.refusal,
                connection=account,
                datafold_has_number=declaration.datafold_has_number,
                allow_replacement_of=inputs.allow_replacement_of,
            )
        )
        self._override_variables(name, inputs, job, account, opts)
        # The provider's `id` is no use: it reads `missing ID`.
        self.job_id, self.name = job.job_id, job.name
        # One inside the other: for `Output.all` the SDK makes three times as many Outputs.
        self.url = job.job_id.apply(
            lambda job_id: job.project_id.apply(
                lambda project_id: (
                    account.access_url.job(account.account_id, project_id, job_id)
                    if isinstance(account, connection.Connection)
                    else None
                )
            )
        )
        outputs = {"job_id": self.job_id, "name": self.name, "url": self.url}
        self.register_outputs({**outputs, **self._more_outputs(inputs, where)})

    def _hooks(
        self, name: str, inputs: InputsT, account: connection.Connection | connection.Unknown
    ) -> pulumi.ResourceHookBinding | None:
        """Return the hooks of the guard, and that of the first run if there is to be one."""
        shared = hooks("before_create", "before_update", "after_create")
        if isinstance(inputs, FirstRun) and inputs.first_run:
            if isinstance(account, connection.Unknown):
                where = f"{type(self).__name__} '{name}': first_run"
                raise ConfigurationError(where, account.problems)
            if shared and shared.after_create:
                wait_seconds = inputs.first_run_wait_seconds
                shared.after_create.append(first_run_hook(name, self, account, wait_seconds))
        return shared

    def _override_variables(
        self,
        name: str,
        inputs: InputsT,
        job: dbtcloud.Job,
        account: connection.Connection | connection.Unknown,
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        for variable, value in inputs.environment_variables.items():
            override = dbtcloud.EnvironmentVariableJobOverride(
                f"{name}-{variable}",
                name=variable,
                project_id=job.project_id,
                job_definition_id=job.job_id,
                raw_value=pulumi.Output.secret(value)
                if variable.startswith(SECRET_PREFIX)
                else value,
                # Protection is for numbers and secrets that others have.
                opts=pulumi.ResourceOptions(
                    parent=self, protect=False, hooks=hooks("before_create", "after_create")
                ),
            )
            add_guard(
                VariableGuard(resource=override, parents=parents_of(self, opts), connection=account)
            )


def _kept_inputs(inputs: JobInputs, declaration: JobDeclaration) -> list[str] | None:
    """Return the inputs of an adopted job that stay as they are: its schedule, if the clock does not start it."""
    return schedule.INPUTS if inputs.adopt_job_id and not declaration.schedule else None


def _provider_inputs(inputs: JobInputs, declaration: JobDeclaration) -> dbtcloud.JobArgs:
    settings = inputs.provided(PROVIDER_KEYS)
    if not settings.get("self_deferring"):
        # Beside another deferral the provider refuses even false.
        settings.pop("self_deferring", None)
    if declaration.deferring_environment_id is not None:
        settings["deferring_environment_id"] = declaration.deferring_environment_id
    if declaration.schedule:
        settings |= declaration.schedule.provider_inputs()
    if isinstance(inputs, Start) and (condition := inputs.job_completion_trigger_condition):
        settings["job_completion_trigger_conditions"] = [
            dbtcloud.JobJobCompletionTriggerConditionArgs(**condition.provided())
        ]
    return dbtcloud.JobArgs(
        **settings,
        execute_steps=declaration.execute_steps,
        triggers=declaration.triggers,
        execution=dbtcloud.JobExecutionArgs(timeout_seconds=inputs.timeout_seconds),
    )


def _advise(
    component: pulumi.ComponentResource, inputs: JobInputs, declaration: JobDeclaration
) -> None:
    """Warn of steps that dbt Cloud runs, and that do something else than expected."""
    if not isinstance(inputs, DeferringJobSettings):
        return
    if need := inputs.state_need:
        pulumi.log.info(
            f"{need} compares with the state of an earlier run. The job has no deferral; with dbt_state, dbt Cloud "
            "defers by itself",
            component,
        )
    to_itself = inputs.self_deferring or inputs.deferring_environment_id == inputs.environment_id
    steps = inputs.execute_steps if is_resolved(inputs.execute_steps) else None
    built = [only for step in steps or () if (only := builds_only_changes(step)) is not None]
    if declaration.schedule and is_resolved(to_itself) and to_itself and built and all(built):
        pulumi.log.warn(
            "this job runs on a schedule, builds only what has changed since the run it defers to, and defers to "
            "itself: it refreshes nothing whose code did not change. Select what new data is to reach, e.g. "
            "`dbt build`",
            component,
        )


def triggers(
    *, schedule: bool = False, pull_request: bool = False, on_merge: bool = False
) -> dbtcloud.JobTriggersArgs:
    """Return all four triggers; the provider requires each one.

    A pull-request job has both webhooks: `github_webhook` is GitHub's, `git_provider_webhook` that of the others.
    """
    return dbtcloud.JobTriggersArgs(
        schedule=schedule,
        github_webhook=pull_request,
        git_provider_webhook=pull_request,
        on_merge=on_merge,
    )
