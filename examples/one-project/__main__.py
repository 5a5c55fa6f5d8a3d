"""One dbt project that Datafold watches: its jobs, wired, and a token that sees this project only."""

import pulumi
import pulumi_dbtcloud_datafold as datafold

config = pulumi.Config()
project_id = config.require_int("projectId")

integration = datafold.DatafoldIntegration(
    "analytics",
    {
        "project_id": project_id,
        "production_environment_id": config.require_int("productionEnvironmentId"),
        "pull_request_environment_id": config.require_int("testEnvironmentId"),
        # 02:00 UTC on weekdays. Everything else has dbt Labs' or Datafold's recommended default.
        "production_job": {"schedule": {"hours": [2], "days": [1, 2, 3, 4, 5]}},
        # Starts when a pull request is merged; Datafold reads its artifacts.
        "merge_job": {},
    },
)
token = datafold.MemberServiceToken("datafold", {"project_ids": [project_id]})

# What Datafold's form asks for. It has no API: enter these by hand.
pulumi.export("job_that_creates_dbt_artifacts", integration.artifacts_job_id)
pulumi.export("job_that_builds_pull_requests", integration.pull_request_job_id)
pulumi.export("api_key", token.token_string)  # Secret: pulumi stack output api_key --show-secrets
