"""How the jobs of one project are wired, and which one Datafold reads."""

import pulumi
import pytest
from pulumi_dbtcloud_datafold import (
    ConfigurationError,
    DatafoldIntegration,
    DatafoldIntegrationArgs,
)
from pulumi_dbtcloud_datafold.datafold_form import ARTIFACTS_FIELD, PULL_REQUESTS_FIELD

from tests.components.mocks.recording import JOB, run

PLACE = {
    "project_id": 10,
    "production_environment_id": 101,
    "pull_request_environment_id": 102,
    "connection": {"access_url": "ab123.us1.dbt.com/api", "account_id": 1, "token": "made-up"},
}


def outputs_of(args):
    def program():
        integration = DatafoldIntegration("analytics", DatafoldIntegrationArgs(**args))
        return {"jobs": integration.jobs, "artifacts_job_id": integration.artifacts_job_id}

    return run(program)


@pytest.mark.parametrize("reads", ["merge_job", "artifacts_job"])
def test_of_a_merge_job_and_an_artifacts_job_datafold_reads_the_one_that_is_named(reads):
    artifacts = {"on_merge": True, "command": "ls"}
    blocks = {"merge_job": {}, "artifacts_job": artifacts, "datafold_reads": reads}

    declared = outputs_of({**PLACE, **blocks})

    jobs = declared.outputs["jobs"]
    assert len(declared.inputs[JOB]) == 4
    role = reads.removesuffix("_job")
    fields = {"pull_request": PULL_REQUESTS_FIELD, role: ARTIFACTS_FIELD}
    assert {key: job["datafold_field"] for key, job in jobs.items()} == {
        **dict.fromkeys(("production", "merge", "artifacts")),
        **fields,
    }
    assert declared.outputs["artifacts_job_id"] == jobs[role]["job_id"]


def test_the_job_that_datafold_reads_has_to_be_there():
    with pytest.raises(ConfigurationError, match="names artifacts_job, which is not there"):
        outputs_of({**PLACE, "merge_job": {}, "datafold_reads": "artifacts_job"})


def test_the_numbers_of_all_production_jobs_are_known():
    def program():
        blocks = {"merge_job": {}, "artifacts_job": {}, "datafold_reads": "merge_job"}
        integration = DatafoldIntegration("analytics", DatafoldIntegrationArgs(**PLACE, **blocks))
        return {
            "numbers": pulumi.Output.all(*integration.jobs_of_production),
            "jobs": integration.jobs,
        }

    outputs = run(program).outputs

    roles = ("production", "merge", "artifacts")
    assert outputs["numbers"] == [outputs["jobs"][role]["job_id"] for role in roles]


def test_names_that_are_known_later_are_left_to_the_guard():
    later = {"name": pulumi.Output.from_input("Nightly")}

    jobs = outputs_of({**PLACE, "production_job": later, "merge_job": later}).inputs[JOB]

    assert jobs["analytics-merge-job"]["name"] == "Nightly"


@pytest.mark.parametrize("block", ["merge_job", "artifacts_job"])
@pytest.mark.parametrize(
    ("of_the_integration", "of_the_block", "runs"),
    [(True, {}, True), (True, {"first_run": False}, False), (False, {"first_run": True}, True)],
)
def test_the_block_has_the_last_word_about_the_first_run(
    block, of_the_integration, of_the_block, runs
):
    # A first run needs the account, which is not known here.
    args = {key: value for key, value in PLACE.items() if key != "connection"}
    args |= {"first_run": of_the_integration, block: of_the_block}

    if runs:
        with pytest.raises(ConfigurationError, match="first_run: 2 problems"):
            outputs_of(args)
    else:
        assert outputs_of(args).outputs["jobs"]
