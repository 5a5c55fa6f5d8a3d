"""Pulumi components that declare in dbt Cloud what Datafold's dbt Cloud integration needs."""

from pulumi_dbtcloud_datafold.datafold_integration import (
    DatafoldIntegration,
    DatafoldIntegrationArgs,
)
from pulumi_dbtcloud_datafold.environments.deployment_environment import (
    DeploymentEnvironment,
    DeploymentEnvironmentArgs,
)
from pulumi_dbtcloud_datafold.failure_notifications import (
    FailureNotifications,
    FailureNotificationsArgs,
)
from pulumi_dbtcloud_datafold.jobs.artifacts_job import ArtifactsJob, ArtifactsJobArgs
from pulumi_dbtcloud_datafold.jobs.merge_job import MergeJob, MergeJobArgs
from pulumi_dbtcloud_datafold.jobs.production_job import ProductionJob, ProductionJobArgs
from pulumi_dbtcloud_datafold.jobs.pull_request_job import PullRequestJob, PullRequestJobArgs
from pulumi_dbtcloud_datafold.jobs.schedule import ScheduleArgs
from pulumi_dbtcloud_datafold.pipeline.repository_file import (
    GitHubPipelineFile,
    GitHubPipelineFileArgs,
    GitLabPipelineFile,
    GitLabPipelineFileArgs,
)
from pulumi_dbtcloud_datafold.service_tokens.pipeline_token import PipelineToken, PipelineTokenArgs
from pulumi_dbtcloud_datafold.service_tokens.service_token import (
    MemberServiceToken,
    MemberServiceTokenArgs,
)
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem

__all__ = [
    "ArtifactsJob",
    "ArtifactsJobArgs",
    "ConfigurationError",
    "DatafoldIntegration",
    "DatafoldIntegrationArgs",
    "DeploymentEnvironment",
    "DeploymentEnvironmentArgs",
    "FailureNotifications",
    "FailureNotificationsArgs",
    "GitHubPipelineFile",
    "GitHubPipelineFileArgs",
    "GitLabPipelineFile",
    "GitLabPipelineFileArgs",
    "MemberServiceToken",
    "MemberServiceTokenArgs",
    "MergeJob",
    "MergeJobArgs",
    "PipelineToken",
    "PipelineTokenArgs",
    "Problem",
    "ProductionJob",
    "ProductionJobArgs",
    "PullRequestJob",
    "PullRequestJobArgs",
    "ScheduleArgs",
]
