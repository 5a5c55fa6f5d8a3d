"""An account with jobs that were made by hand: taken over with their numbers, then kept by Pulumi.

Nothing is recreated, so what refers to a job's number (Datafold, pipelines, links) keeps working. `pulumi preview`
shows each job as imported, and as updated where it differs from what is declared here.
"""

import pulumi
import pulumi_dbtcloud_datafold as datafold

ADOPTED = pulumi.Config().require_object("jobs")

integration = datafold.DatafoldIntegration(
    "analytics",
    {
        "project_id": 10,
        "production_environment_id": 101,
        "pull_request_environment_id": 102,
        # The names the jobs have. Left out, they would be renamed to Production, Pull requests and Merge.
        "production_job": {
            "name": "Nightly build",
            "schedule": {"hours": [3]},
            "adopt_job_id": ADOPTED["production"],
        },
        "pull_request_job": {"name": "Slim CI", "adopt_job_id": ADOPTED["pull_request"]},
        "merge_job": {"name": "Deploy", "adopt_job_id": ADOPTED["merge"]},
    },
)
# A token cannot be taken over with its secret: dbt Cloud shows that once, at creation. So Datafold gets a new one.
token = datafold.MemberServiceToken("datafold", {"project_ids": [10]})

pulumi.export("jobs", integration.jobs)
pulumi.export("api_key", token.token_string)
