"""Who has to know of a job or token that the program no longer declares."""

import pytest
from pulumi_dbtcloud_datafold.engine.deletion_warnings import deletions

from tests.components.unit.engine import ENVIRONMENT, HEAD, JOB, TOKEN

MERGE = f"{HEAD}dbtcloud-datafold:index:MergeJob${JOB}::m-job"
PRODUCTION = f"{HEAD}dbtcloud-datafold:index:ProductionJob${JOB}::p-job"
MEMBER = f"{HEAD}dbtcloud-datafold:index:MemberServiceToken${TOKEN}::d-token"
JOB_OUTPUTS = {"jobId": 7.0, "name": "Merge"}
OF_INTEGRATION = f"{HEAD}dbtcloud-datafold:index:DatafoldIntegration$dbtcloud-datafold:index:"
BLOCK = {
    f"{OF_INTEGRATION}ProductionJob${JOB}::shop-eu-production-job": {
        **{"jobId": 6.0, "name": "Production", "projectId": 10.0}
    },
    f"{OF_INTEGRATION}PullRequestJob${JOB}::shop-eu-pull-request-job": {
        **{"jobId": 8.0, "name": "CI", "projectId": 10.0}
    },
    f"{OF_INTEGRATION}MergeJob${JOB}::shop-eu-merge-job": {**JOB_OUTPUTS, "projectId": 10.0},
}
MERGE_OF_BLOCK = [*BLOCK][-1]
ARTIFACTS_OF_BLOCK = f"{OF_INTEGRATION}ArtifactsJob${JOB}::shop-eu-artifacts-job"
TOKEN_OUTPUTS = {"id": "3", "name": "Datafold"}


def warned(state, urns=(), numbers=()):
    return [*deletions(state, {*urns}, {*numbers})]


def test_a_job_that_datafold_may_have_is_named_with_its_number():
    other = {PRODUCTION: {"jobId": 8}}

    [message] = warned({MERGE: JOB_OUTPUTS, **other}, urns=other)

    assert message == (
        "job 7 'Merge' is deleted by this update, and Datafold may have its number: choose another job there "
        "afterwards (dbtcloud-datafold sheet says which)"
    )


def test_of_a_project_without_any_job_left_the_integration_is_to_be_paused():
    other = MERGE.replace("m-job", "o-job")
    state = {MERGE: {**JOB_OUTPUTS, "projectId": 10.0}, PRODUCTION: {"jobId": 8, "projectId": 10.0}}
    state[other] = {"jobId": 9, "projectId": 20.0}

    [all_gone] = warned(state, urns=[other])
    [one_gone] = warned(state, urns=[other, PRODUCTION])

    assert all_gone.endswith("pause or remove Datafold's integration of dbt Cloud project 10")
    assert "choose another job" in one_gone


def test_of_a_block_that_is_gone_the_integration_is_named():
    [message] = warned(BLOCK)

    assert message == (
        "jobs 8 'CI' and 7 'Merge' are deleted by this update, and no job of the project is left in this stack: pause "
        "or remove Datafold's integration 'shop-eu' (dbt Cloud project 10)"
    )


def test_of_a_job_whose_place_another_one_takes_the_change_over_is_explained():
    state = {**BLOCK, ARTIFACTS_OF_BLOCK: {"jobId": 9.0, "name": "Hourly", "projectId": 10.0}}
    stay = {*BLOCK, ARTIFACTS_OF_BLOCK} - {MERGE_OF_BLOCK}

    [at_once] = warned(BLOCK, urns=stay)
    [at_its_end] = warned(state, urns=stay)
    [in_another_block] = warned(BLOCK, urns=[urn.replace("-eu-", "-us-") for urn in stay])

    assert "Datafold's integration 'shop-eu' (dbt Cloud project 10) may have its number" in at_once
    assert "choose the new artifacts job there, which has no artifacts before" in at_once
    assert "set keep_previous: true in the project's block" in at_once
    assert at_its_end.endswith("may have its number: choose job 9 'Hourly' there first")
    assert "pause or remove" in in_another_block


def test_a_token_is_named_with_the_way_to_change_over():
    [message] = warned({MEMBER: TOKEN_OUTPUTS})

    assert message.startswith("service token 'Datafold' (number 3) is deleted: it stops working")
    assert "set keep_previous: true" in message


@pytest.mark.parametrize("lasting", [MEMBER, f"{MEMBER}-2"])
def test_the_end_of_a_rotation_has_no_further_advice(lasting):
    state = {MEMBER: TOKEN_OUTPUTS, f"{MEMBER}-2": {**TOKEN_OUTPUTS, "id": "4"}}

    [message] = warned(state, urns=[lasting])

    assert "what still uses its secret is locked out" in message
    assert "keep_previous" not in message


def test_a_token_that_another_one_is_only_to_follow_is_named_with_the_way_to_change_over():
    [message] = warned({MEMBER: TOKEN_OUTPUTS}, urns=[f"{MEMBER}-2"])

    assert "keep_previous" in message


@pytest.mark.parametrize("stays", [{"urns": [MERGE]}, {"numbers": [7]}])
def test_what_is_declared_or_renamed_is_not_deleted(stays):
    assert warned({MERGE: JOB_OUTPUTS}, **stays) == []


def test_what_nobody_has_a_number_of_is_deleted_without_a_word():
    environment = f"{HEAD}dbtcloud-datafold:index:DeploymentEnvironment${ENVIRONMENT}::e"

    assert warned({PRODUCTION: JOB_OUTPUTS, environment: {"id": "1"}}) == []
