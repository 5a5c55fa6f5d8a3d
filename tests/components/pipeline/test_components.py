"""What the components around a pipeline declare: the merge job, the token, the file and its secret."""

import sys

import pulumi
import pytest
from pulumi.runtime import rpc
from pulumi_dbtcloud_datafold import (
    ConfigurationError,
    GitHubPipelineFile,
    GitLabPipelineFile,
    MergeJob,
    MergeJobArgs,
    PipelineToken,
    PipelineTokenArgs,
)
from pulumi_dbtcloud_datafold.account.account_plan import Plan
from pulumi_dbtcloud_datafold.service_tokens.pipeline_token import permission_set_of

from tests.components.mocks.recording import TOKEN, run

PLACE = {
    "project_id": 10,
    "environment_id": 101,
    "connection": {"access_url": "ab123.us1.dbt.com/api", "account_id": 7, "token": "made-up"},
}
SECRET = "dbtc_a-made-up-secret"


def merge_job(**settings):
    def program():
        job = MergeJob("analytics", MergeJobArgs(**PLACE, **settings))
        return {"job_id": job.job_id, "pipeline": job.pipeline}

    return run(program)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"pipeline": {}}, "pipeline is set, but dbt Cloud itself starts the job on merge"),
        ({"trigger": "webhook"}, "write 'native' or 'pipeline'"),
        (
            {"trigger": "pipeline", "pipeline": {"brunch": "main"}},
            "pipeline.brunch\n    problem: this key is not known\n    fix:     did you mean 'branch'?",
        ),
    ],
)
def test_a_merge_job_that_makes_no_sense_is_refused(settings, problem):
    with pytest.raises(ConfigurationError, match=problem.replace("?", r"\?")):
        merge_job(**settings)


def test_a_pipeline_without_an_account_is_refused(monkeypatch):
    monkeypatch.delenv("DBT_CLOUD_ACCOUNT_ID", raising=False)
    place = {"project_id": 10, "environment_id": 101, "trigger": "pipeline"}

    with pytest.raises(ConfigurationError, match="the account's number is missing"):
        run(lambda: MergeJob("analytics", MergeJobArgs(**place)))


def pipeline_token(**settings):
    def program():
        token = PipelineToken("analytics", PipelineTokenArgs(project_id=10, **settings))
        return {"token": token.token_string, "previous": token.previous_token_string}

    return run(program)


def test_the_pipelines_token_can_run_the_jobs_of_its_project_and_nothing_else():
    declared = pipeline_token()

    assert declared.inputs[TOKEN]["analytics-token"] == {
        "name": "Merge pipeline",
        "serviceTokenPermissions": [
            {"permissionSet": "job_runner", "allProjects": False, "projectId": 10}
        ],
    }
    assert declared.outputs["token is secret"] is True


@pytest.mark.parametrize(
    ("plan", "permission_set"),
    [
        ("team", "job_admin"),
        ("team_2022", "job_admin"),
        ("trial_2022", "job_admin"),
        ("enterprise_2025", "job_runner"),
        ("enterprise_plus_2025", "job_runner"),
        ("", "job_runner"),
    ],
)
def test_the_pipelines_token_has_the_least_that_its_plan_offers(plan, permission_set):
    assert permission_set_of(Plan(plan)) == permission_set


@pytest.mark.parametrize("plan", ["starter_2025", "trial_2025", "developer_2022", "free"])
def test_a_plan_without_such_tokens_is_refused_before_anything_is_made(plan):
    with pytest.raises(pulumi.RunError, match="no pipeline can start the merge job"):
        permission_set_of(Plan(plan))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"permission_set": "member"}, "write 'job_runner' or 'job_admin'"),
        ({"keep_previous": True}, "generation 1 has no previous token to keep"),
    ],
)
def test_a_pipeline_token_that_makes_no_sense_is_refused(settings, problem):
    with pytest.raises(ConfigurationError, match=problem):
        pipeline_token(**settings)


def published(component, git_host, **place):
    def program():
        pipeline = {"git_host": git_host}
        job = MergeJob("analytics", MergeJobArgs(**PLACE, trigger="pipeline", pipeline=pipeline))
        return {"path": component("p", {"pipeline": job.pipeline, "token": SECRET, **place}).path}

    return run(program)


@pytest.mark.usefixtures("git_provider_packages")
@pytest.mark.parametrize(
    ("component", "place", "holder", "path"),
    [
        (
            *(GitHubPipelineFile, "repository", "github:index/actionsSecret:ActionsSecret"),
            ".github/workflows/dbt-cloud-merge.yml",
        ),
        (
            *(GitLabPipelineFile, "project", "gitlab:index/projectVariable:ProjectVariable"),
            ".gitlab/dbt-cloud-merge.yml",
        ),
    ],
)
def test_a_token_in_plain_text_becomes_a_secret_beside_the_file(component, place, holder, path):
    declared = published(component, holder.partition(":")[0], **{place: "a"})

    [secret] = declared.inputs[holder].values()
    assert rpc.is_rpc_secret(secret["value"])
    assert declared.outputs["path"] == path


@pytest.mark.usefixtures("git_provider_packages")
def test_a_pipeline_for_the_other_git_host_is_refused():
    with pytest.raises(pulumi.RunError, match="the pipeline is for gitlab; write git_host: github"):
        published(GitHubPipelineFile, "gitlab", repository="a")


@pytest.mark.parametrize(
    ("component", "extra", "place"),
    [
        (GitHubPipelineFile, "github", {"repository": "a"}),
        (GitLabPipelineFile, "gitlab", {"project": "a"}),
    ],
)
def test_a_missing_extra_is_named_with_the_way_to_install_it(monkeypatch, component, extra, place):
    monkeypatch.setitem(sys.modules, f"pulumi_{extra}", None)

    with pytest.raises(ConfigurationError, match=rf'"pulumi-dbtcloud-datafold\[{extra}\]"'):
        run(lambda: component("pipeline", {"pipeline": {}, "token": SECRET, **place}))
