"""All jobs that Datafold needs for one dbt project, wired."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NotRequired, TypedDict

import pulumi
from pydantic import Field, model_validator

from pulumi_dbtcloud_datafold.account.connection import ConnectionArgs, ConnectionSettings
from pulumi_dbtcloud_datafold.datafold_form import ARTIFACTS_FIELD, PULL_REQUESTS_FIELD
from pulumi_dbtcloud_datafold.engine.deletion_warnings import warn_of_children
from pulumi_dbtcloud_datafold.jobs import previous_source
from pulumi_dbtcloud_datafold.jobs.artifacts_job import (
    ArtifactsJob,
    ArtifactsJobInputs,
    ArtifactsJobSettings,
    ArtifactsJobSettingsArgs,
)
from pulumi_dbtcloud_datafold.jobs.environment_consistency import AGREED_KEYS
from pulumi_dbtcloud_datafold.jobs.merge_job import (
    MergeJob,
    MergeJobInputs,
    MergeJobSettings,
    MergeJobSettingsArgs,
)
from pulumi_dbtcloud_datafold.jobs.previous_source import PreviousSource
from pulumi_dbtcloud_datafold.jobs.production_job import (
    ProductionJob,
    ProductionJobInputs,
    ProductionJobSettings,
    ProductionJobSettingsArgs,
)
from pulumi_dbtcloud_datafold.jobs.pull_request_job import (
    PullRequestJob,
    PullRequestJobInputs,
    PullRequestJobSettings,
    PullRequestJobSettingsArgs,
)
from pulumi_dbtcloud_datafold.jobs.settings import JobSettings
from pulumi_dbtcloud_datafold.settings.field_types import DbtCloudId
from pulumi_dbtcloud_datafold.settings.problems import broken_rule
from pulumi_dbtcloud_datafold.settings.settings_model import (
    SettingsModel,
    checked_inputs,
    is_resolved,
)

_Job = ProductionJob | PullRequestJob | MergeJob | ArtifactsJob


class DatafoldIntegrationArgs(TypedDict):
    """Inputs of `DatafoldIntegration`: one dbt project, with `merge_job`, `artifacts_job`, or both."""

    project_id: pulumi.Input[int]
    """dbt Cloud project."""
    production_environment_id: pulumi.Input[int]
    """Environment of the production, merge and artifacts jobs."""
    pull_request_environment_id: pulumi.Input[int]
    """Test environment of the pull-request job; never the production one."""
    production_job: NotRequired[ProductionJobSettingsArgs]
    """Scheduled build of production. Default: `dbt build`, daily at 02:00 UTC."""
    pull_request_job: NotRequired[PullRequestJobSettingsArgs]
    """CI job. Default: builds what the pull request changes, deferring to production."""
    merge_job: NotRequired[MergeJobSettingsArgs]
    """Build production on merge; it is then the job that creates dbt artifacts. Default: no such job."""
    artifacts_job: NotRequired[ArtifactsJobSettingsArgs]
    """Where there is no merge job: the job that creates dbt artifacts. Default: no such job."""
    datafold_reads: NotRequired[str]
    """Where both `merge_job` and `artifacts_job` are there: which of the two Datafold reads, by its key.
    Default: the one that is there."""
    keep_previous: NotRequired[bool]
    """After a change from `merge_job` to `artifacts_job`, or back: keep the job of the other kind, without triggers,
    until Datafold reads the new one. Default: false, it is deleted."""
    first_run: NotRequired[bool]
    """Start a run of the job that creates dbt artifacts once it is created, so that deferral and Datafold have a
    manifest on day one. Default: false."""
    connection: NotRequired[ConnectionArgs]
    """The account, for links and for looking whether jobs exist already.
    Default: the stack's `dbtcloud:` configuration."""


class IntegrationSettings(SettingsModel):
    """What a person decides about one dbt project."""

    args_type: ClassVar[type] = DatafoldIntegrationArgs

    production_job: ProductionJobSettings = Field(default_factory=ProductionJobSettings)
    pull_request_job: PullRequestJobSettings = Field(default_factory=PullRequestJobSettings)
    merge_job: MergeJobSettings | None = None
    artifacts_job: ArtifactsJobSettings | None = None
    datafold_reads: Literal["merge_job", "artifacts_job"] | None = None
    keep_previous: bool = False
    first_run: bool = False

    @property
    def production_jobs(self) -> dict[str, JobSettings]:
        """The jobs of the production environment, by their keys."""
        jobs: dict[str, JobSettings | None] = {
            "production_job": self.production_job,
            "merge_job": self.merge_job,
            "artifacts_job": self.artifacts_job,
        }
        return {key: job for key, job in jobs.items() if job}

    @property
    def jobs(self) -> dict[str, JobSettings]:
        """All jobs, by their keys."""
        return {**self.production_jobs, "pull_request_job": self.pull_request_job}

    @property
    def source(self) -> str:
        """Key of the job that creates dbt artifacts, which is the one that Datafold reads."""
        return self.datafold_reads or ("merge_job" if self.merge_job else "artifacts_job")

    @model_validator(mode="after")
    def _one_artifacts_source(self) -> "IntegrationSettings":
        if self.merge_job and self.artifacts_job and not self.datafold_reads:
            raise broken_rule(
                "merge_job and artifacts_job are both there, but Datafold reads one job's artifacts",
                "remove artifacts_job: the merge job creates the artifacts; or keep both, and write which one Datafold "
                "reads, e.g. datafold_reads: artifacts_job",
            )
        if self.datafold_reads and not getattr(self, self.datafold_reads):
            raise broken_rule(
                f"datafold_reads names {self.datafold_reads}, which is not there",
                f"add {self.datafold_reads}, or remove datafold_reads",
            )
        if self.merge_job and self.artifacts_job and self.keep_previous:
            raise broken_rule(
                "keep_previous keeps whichever of merge_job and artifacts_job was removed, and both are there",
                "remove keep_previous, or the block of the job that Datafold no longer reads",
            )
        if not self.merge_job and not self.artifacts_job:
            raise broken_rule(
                "neither merge_job nor artifacts_job is there, so no job keeps the artifacts fresh",
                "add merge_job: {} (recommended; the braces mean all defaults), or artifacts_job: {} for an hourly dbt "
                "compile",
            )
        return self

    @model_validator(mode="after")
    def _jobs_can_be_told_apart(self) -> "IntegrationSettings":
        blocks: dict[str, str] = {}
        for block, job in self.jobs.items():
            if is_resolved(job.name) and (other := blocks.setdefault(job.name, block)) != block:
                raise broken_rule(
                    f"{other} and {block} are both called '{job.name}', so nobody can choose the right one in Datafold",
                    "give one of them another name",
                )
        return self

    @model_validator(mode="after")
    def _production_jobs_agree(self) -> "IntegrationSettings":
        for key in AGREED_KEYS:
            by_job = {name: getattr(job, key) for name, job in self.production_jobs.items()}
            if is_resolved(by_job) and len(set(by_job.values())) > 1:
                values = ", ".join(
                    f"{name}: {value or 'not set'}" for name, value in by_job.items()
                )
                raise broken_rule(
                    f"the jobs of the production environment differ in {key} ({values}); pull requests are "
                    "compared with the newest run of any of them",
                    f"give them the same {key}",
                )
        return self


class DatafoldIntegrationInputs(IntegrationSettings):
    """`DatafoldIntegrationArgs`, checked."""

    project_id: DbtCloudId
    production_environment_id: DbtCloudId
    pull_request_environment_id: DbtCloudId
    connection: ConnectionSettings | None = None

    def job(self, settings: JobSettings, environment_id: int) -> dict[str, Any]:
        """Return the inputs of a job, checked: its block, and where it runs."""
        return {
            **dict(settings),
            "project_id": self.project_id,
            "environment_id": environment_id,
            "connection": self.connection,
        }

    def source_job(self, settings: MergeJobSettings | ArtifactsJobSettings) -> dict[str, Any]:
        """Return the inputs of a job that creates dbt artifacts, checked; its own `first_run` has the last word."""
        job = self.job(settings, self.production_environment_id)
        is_source = settings is getattr(self, self.source)
        if is_source and "first_run" not in settings.model_fields_set:
            job["first_run"] = self.first_run
        return job


class DatafoldIntegration(pulumi.ComponentResource):
    """Everything Datafold needs from dbt Cloud for one dbt project, but the service token.

    Declares a `ProductionJob`, a `PullRequestJob` that defers to production, and a `MergeJob`, an `ArtifactsJob`, or
    both. Does not declare the token, which serves all projects (`MemberServiceToken`), and does not fill in Datafold's
    form: Datafold has no API for it.

    Raises:
        ConfigurationError: An input is wrong; the message names every problem.

    Source: Datafold's prerequisites; https://docs.getdbt.com/docs/deploy/continuous-integration
    """

    production_job_id: pulumi.Output[int]
    """Number of the scheduled production job."""
    pull_request_job_id: pulumi.Output[int]
    """Datafold's "Job that builds pull requests"."""
    artifacts_job_id: pulumi.Output[int]
    """Datafold's "Job that creates dbt artifacts": the merge job or the artifacts job; of both, the one that
    `datafold_reads` names."""
    jobs: pulumi.Output[dict[str, Any]]
    """By role (`production`, `pull_request`, `merge`, `artifacts`): `name`, `job_id`, `url` and
    `datafold_field`, the field of Datafold's form to choose the job in."""
    pipeline: pulumi.Output[dict[str, Any] | None]
    """With `merge_job: {trigger: pipeline}`, the file for the repository that starts the merge job; see `MergeJob`."""

    def __init__(
        self,
        name: str,
        args: DatafoldIntegrationArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the project's jobs; `name` is the Pulumi name."""
        inputs = checked_inputs(DatafoldIntegrationInputs, args, f"DatafoldIntegration '{name}'")
        super().__init__("dbtcloud-datafold:index:DatafoldIntegration", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        production_id = inputs.production_environment_id
        of_production = inputs.job(inputs.production_job, production_id)
        names: dict[type[_Job], str] = {
            ProductionJob: f"{name}-production",
            PullRequestJob: f"{name}-pull-request",
            MergeJob: f"{name}-merge",
            ArtifactsJob: f"{name}-artifacts",
        }
        production = ProductionJob.undeclared()
        production.declare(
            names[ProductionJob], ProductionJobInputs.model_construct(**of_production), child
        )
        of_test = inputs.job(inputs.pull_request_job, inputs.pull_request_environment_id)
        of_test["deferring_environment_id"] = production_id
        pull_request = PullRequestJob.undeclared()
        pull_request.declare(
            names[PullRequestJob], PullRequestJobInputs.model_construct(**of_test), child
        )
        previous = self._previous(name, inputs, opts)
        # It is kept in order to be deleted.
        kept = pulumi.ResourceOptions(parent=self, protect=False)
        sources: dict[str, MergeJob | ArtifactsJob] = {}
        if inputs.merge_job or previous:
            settings = inputs.source_job(inputs.merge_job or MergeJobSettings())
            merge = sources["merge_job"] = MergeJob.undeclared()
            merge.declare(
                names[MergeJob],
                MergeJobInputs.model_construct(**settings),
                child if inputs.merge_job else kept,
                datafold_reads=inputs.source == "merge_job",
                is_kept=not inputs.merge_job,
            )
        if inputs.artifacts_job or previous:
            settings = inputs.source_job(inputs.artifacts_job or ArtifactsJobSettings())
            artifacts = sources["artifacts_job"] = ArtifactsJob.undeclared()
            artifacts.declare(
                names[ArtifactsJob],
                ArtifactsJobInputs.model_construct(**settings),
                child if inputs.artifacts_job else kept,
                datafold_reads=inputs.source == "artifacts_job",
                is_kept=not inputs.artifacts_job,
            )
        source = sources[inputs.source]
        if previous:
            previous_source.report(previous, source, self, ARTIFACTS_FIELD)

        self.production_job_id = production.job_id
        self.pull_request_job_id = pull_request.job_id
        self.artifacts_job_id = source.job_id
        self.jobs = _described(
            {
                "production": (production, None),
                "pull_request": (pull_request, PULL_REQUESTS_FIELD),
                **{
                    key.removesuffix("_job"): (job, ARTIFACTS_FIELD if job is source else None)
                    for key, job in sources.items()
                },
            }
        )
        self._of_production = [production.job_id, *(job.job_id for job in sources.values())]
        self.pipeline = merge.pipeline if "merge_job" in sources else pulumi.Output.from_input(None)
        if pulumi.runtime.get_root_resource() is None:
            warn_of_children(
                self,
                {name: kind.types() for kind, name in names.items()},
                {
                    names[type(job)]: job.job_id
                    for job in (production, pull_request, *sources.values())
                },
            )
        # The jobs register the rest: the state keeps each fact once.
        self.register_outputs(
            {
                "production_job_id": self.production_job_id,
                "pull_request_job_id": self.pull_request_job_id,
                "artifacts_job_id": self.artifacts_job_id,
            }
        )

    def _previous(
        self, name: str, inputs: DatafoldIntegrationInputs, opts: pulumi.ResourceOptions | None
    ) -> PreviousSource | None:
        """Return the job to keep that created dbt artifacts before; None without one."""
        if not inputs.keep_previous:
            return None
        aliases = (opts.aliases if opts else None) or ()
        names = [name, *(alias.name for alias in aliases if isinstance(alias, pulumi.Alias))]
        if inputs.merge_job:
            return previous_source.find(
                ArtifactsJob, self, [f"{integration}-artifacts" for integration in names]
            )
        return previous_source.find(
            MergeJob, self, [f"{integration}-merge" for integration in names]
        )

    @property
    def jobs_of_production(self) -> list[pulumi.Output[int]]:
        """Numbers of the jobs in the production environment, whose failures people want to hear of."""
        return self._of_production


def _described(
    jobs: Mapping[str, tuple[_Job, str | None]],
) -> pulumi.Output[dict[str, Any]]:
    """Return by role what a person looks for: a job's name, number, page, and place in Datafold's form.

    Args:
        jobs: By role, the job and the field of the form.
    """
    # Of Outputs inside Outputs, the SDK walks through each level anew.
    facts = [fact for job, _ in jobs.values() for fact in (job.name, job.job_id, job.url)]
    return pulumi.Output.all(*facts).apply(
        lambda known: {
            role: {
                "name": known[3 * place],
                "job_id": known[3 * place + 1],
                "url": known[3 * place + 2],
                "datafold_field": field,
            }
            for place, (role, (_, field)) in enumerate(jobs.items())
        }
    )
