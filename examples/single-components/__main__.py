"""A stack that has its environments and nightly job already, and adds the jobs Datafold needs.

The components take outputs of other resources as well as plain numbers.
"""

import pulumi
import pulumi_dbtcloud as dbtcloud
import pulumi_dbtcloud_datafold as datafold

config = pulumi.Config()
project_id = config.require_int("projectId")
production_id = config.require_int("productionEnvironmentId")

# --- What the stack had before ---

test = dbtcloud.Environment(
    "test", name="Test", project_id=project_id, type="deployment", dbt_version="latest"
)
nightly = dbtcloud.Job(
    "nightly",
    name="Nightly",
    project_id=project_id,
    environment_id=production_id,
    execute_steps=["dbt build"],
    triggers={
        "schedule": True,
        "github_webhook": False,
        "git_provider_webhook": False,
        "on_merge": False,
    },
    schedule_type="every_day",
    schedule_hours=[2],
)

# --- What Datafold needs besides ---

pull_request = datafold.PullRequestJob(
    "pull-request",
    {
        "project_id": project_id,
        "environment_id": test.environment_id,
        "deferring_environment_id": production_id,
        # What Datafold's prerequisites say. The default builds only what the pull request changes.
        "execute_steps": ["dbt build"],
    },
)
artifacts = datafold.ArtifactsJob(
    "artifacts",
    {
        "project_id": project_id,
        "environment_id": production_id,
        # No merge job: an hourly one keeps the artifacts fresh. dbt ls is the quickest way.
        "command": "ls",
    },
)
token = datafold.MemberServiceToken("datafold", {"project_ids": [project_id]})

pulumi.export("job_that_creates_dbt_artifacts", artifacts.job_id)
pulumi.export("job_that_builds_pull_requests", pull_request.job_id)
pulumi.export("api_key", token.token_string)  # Secret: pulumi stack output api_key --show-secrets
