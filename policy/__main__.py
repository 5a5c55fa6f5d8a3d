"""The policy pack: `pulumi preview --policy-pack policy`."""

from datafold_rules import artifacts_source, job_timeout, merge_job, pull_request_job, service_token
from pulumi_policy import EnforcementLevel, PolicyPack

PolicyPack(
    name="dbtcloud-datafold",
    description="What a stack that serves Datafold must keep to in dbt Cloud",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        service_token.NARROW,
        service_token.LISTS_PROJECTS,
        pull_request_job.OUTSIDE_PRODUCTION,
        job_timeout.HAS_TIMEOUT,
        merge_job.ON_PRODUCTION_BRANCH,
        artifacts_source.EXACTLY_ONE,
    ],
)
