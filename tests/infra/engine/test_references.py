"""Jobs and environments that the settings of a job name by their numbers."""

from tests.infra.engine.deployment import (
    ANALYTICS,
    ANALYTICS_CI,
    ANALYTICS_PRODUCTION,
    ANALYTICS_PROJECT,
    MARKETING,
)


def completion_of(job_id):
    return {"job_id": job_id, "project_id": ANALYTICS_PROJECT, "statuses": ["success"]}


def test_what_is_not_there_is_told_before_anything_is_declared(stack):
    blocks = {
        "production_job": {"job_completion_trigger_condition": completion_of(4711)},
        "merge_job": {"deferring_environment_id": 999},
    }
    deferring = {"artifacts_job": {"deferring_job_id": 888}}
    stack.configure(projects={"a": {**ANALYTICS, **blocks}, "m": {**MARKETING, **deferring}})

    refused = stack.up(fails=True)

    for path, missing in (
        ("a.production_job.job_completion_trigger_condition.job_id", "job 4711"),
        ("a.merge_job.deferring_environment_id", "environment 999"),
        ("m.artifacts_job.deferring_job_id", "job 888"),
    ):
        message = f"projects.{path} problem: there is no {missing} that the token sees"
        assert message in refused.one_line
    assert stack.jobs() == {}


def test_what_is_there_is_taken(stack):
    by_hand = {
        "project_id": ANALYTICS_PROJECT,
        "environment_id": ANALYTICS_PRODUCTION,
        "name": "By hand",
    }
    number = stack.cloud_post("/v2/accounts/1/jobs/", by_hand).json()["data"]["id"]
    production = {
        "job_completion_trigger_condition": completion_of(number),
        "deferring_environment_id": ANALYTICS_CI,
    }
    stack.configure(projects={"analytics": {**ANALYTICS, "production_job": production}})

    stack.preview()
