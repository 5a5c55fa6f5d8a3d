"""Pulumi components that declare in dbt Cloud what Datafold's dbt Cloud integration needs."""

from pulumi_dbtcloud_datafold.artifacts_job import ArtifactsJob, ArtifactsJobArgs
from pulumi_dbtcloud_datafold.datafold_integration import (
    DatafoldIntegration,
    DatafoldIntegrationArgs,
)
from pulumi_dbtcloud_datafold.deployment_environment import (
    DeploymentEnvironment,
    DeploymentEnvironmentArgs,
)
from pulumi_dbtcloud_datafold.failure_notifications import (
    FailureNotifications,
    FailureNotificationsArgs,
)
from pulumi_dbtcloud_datafold.merge_job import MergeJob, MergeJobArgs
from pulumi_dbtcloud_datafold.pipeline.publish import (
    GitHubPipelineFile,
    GitHubPipelineFileArgs,
    GitLabPipelineFile,
    GitLabPipelineFileArgs,
)
from pulumi_dbtcloud_datafold.pipeline.token import PipelineToken, PipelineTokenArgs
from pulumi_dbtcloud_datafold.problems import ConfigurationError, Problem
from pulumi_dbtcloud_datafold.production_job import ProductionJob, ProductionJobArgs
from pulumi_dbtcloud_datafold.pull_request_job import PullRequestJob, PullRequestJobArgs
from pulumi_dbtcloud_datafold.schedule import ScheduleArgs
from pulumi_dbtcloud_datafold.service_token import MemberServiceToken, MemberServiceTokenArgs

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
