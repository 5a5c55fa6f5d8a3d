"""Outputs as inputs: passed on where dbt Cloud has to know the value, refused where the program has to."""

import pulumi
import pytest
from pulumi_dbtcloud_datafold import (
    ArtifactsJob,
    ConfigurationError,
    DatafoldIntegration,
    MemberServiceToken,
    MergeJob,
    ProductionJob,
    ProductionJobArgs,
    PullRequestJob,
)

from tests.components.mocks.recording import CI_PLACE, PLACE, job_of, run


def test_values_known_only_later_are_passed_on():
    def program():
        environment_id = pulumi.Output.from_input(101)
        ProductionJob(
            "p",
            ProductionJobArgs(
                project_id=10, environment_id=environment_id, name=pulumi.Output.concat("a", "b")
            ),
        )

    sent = job_of(program)

    assert sent["environmentId"] == 101
    assert sent["name"] == "ab"


LATER = "this is an Output, and what is declared depends on it before Outputs are known"


@pytest.mark.parametrize(
    ("component", "args", "path"),
    [
        (ProductionJob, {**PLACE, "first_run": False}, "first_run"),
        (ArtifactsJob, {**PLACE, "on_merge": False}, "on_merge"),
        (ArtifactsJob, {**PLACE, "schedule": {"hours": [3]}}, "schedule"),
        (MergeJob, {**PLACE, "trigger": "pipeline"}, "trigger"),
        (
            PullRequestJob,
            {**CI_PLACE, "clone_incremental_models": False},
            "clone_incremental_models",
        ),
        (MemberServiceToken, {"all_projects": False, "project_ids": [10]}, "all_projects"),
        (MemberServiceToken, {"generation": 2}, "generation"),
    ],
)
def test_an_output_is_refused_where_the_program_has_to_know_the_value(component, args, path):
    def program():
        component("x", {**args, path: pulumi.Output.from_input(args[path])})

    with pytest.raises(ConfigurationError) as refused:
        run(program)

    assert [(problem.path, problem.problem) for problem in refused.value.problems] == [
        (path, LATER)
    ]


def test_an_output_in_a_block_is_named_with_its_path():
    output = pulumi.Output.from_input(True)
    args = {"project_id": 10, "production_environment_id": 101, "pull_request_environment_id": 102}

    with pytest.raises(ConfigurationError, match=r"merge_job\.first_run"):
        run(lambda: DatafoldIntegration("x", {**args, "merge_job": {"first_run": output}}))
