"""What the components around a pipeline declare: the merge job, the token, the file and its secret."""

import sys

import pulumi
import pytest
import yaml
from pulumi.runtime import rpc
from pulumi_dbtcloud_datafold import (
    ConfigurationError,
    GitHubPipelineFile,
    GitHubPipelineFileArgs,
    GitLabPipelineFile,
    GitLabPipelineFileArgs,
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
        each = MergeJob("analytics", MergeJobArgs(**PLACE, **settings))
        return {"job_id": each.job_id, "pipeline": each.pipeline}

    return run(program)


def test_the_pipeline_starts_this_very_job_of_this_account():
    outputs = merge_job(trigger="pipeline", pipeline={"branch": "trunk"}).outputs

    made = outputs["pipeline"]
    assert (made["kind"], made["path"]) == ("github", ".github/workflows/dbt-cloud-merge.yml")
    workflow = yaml.safe_load(made["content"])
    assert workflow["on"] == {"push": {"branches": ["trunk"]}}
    env = workflow["jobs"]["merge-job"]["steps"][0]["env"]
    assert env["DBT_CLOUD_JOB_ID"] == str(outputs["job_id"])
    assert env["DBT_CLOUD_ACCOUNT_ID"] == "7"
    assert env["DBT_CLOUD_ACCESS_URL"] == "https://ab123.us1.dbt.com"
    assert "made-up" not in made["content"]


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
        each = PipelineToken("analytics", PipelineTokenArgs(project_id=10, **settings))
        return {"token": each.token_string, "previous": each.previous_token_string}

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


def assert_is_secret(value):
    assert rpc.is_rpc_secret(value)
    assert rpc.unwrap_rpc_secret(value) == SECRET


def published(component, args_type, settings, **place):
    def program():
        job = MergeJob("analytics", MergeJobArgs(**PLACE, trigger="pipeline", pipeline=settings))
        each = component(
            "analytics-pipeline", args_type(pipeline=job.pipeline, token=SECRET, **place)
        )
        return {"path": each.path, "pipeline": job.pipeline}

    return run(program)


@pytest.mark.usefixtures("git_provider_packages")
def test_on_github_the_file_and_its_secret_become_resources():
    settings = {"branch": "trunk", "secret_name": "DBT_PIPELINE"}

    declared = published(
        GitHubPipelineFile, GitHubPipelineFileArgs, settings, repository="analytics"
    )

    [secret] = declared.inputs["github:index/actionsSecret:ActionsSecret"].values()
    assert (secret["repository"], secret["secretName"]) == ("analytics", "DBT_PIPELINE")
    assert_is_secret(secret["value"])
    [file] = declared.inputs["github:index/repositoryFile:RepositoryFile"].values()
    assert (file["repository"], file["branch"]) == ("analytics", "trunk")
    assert file["file"] == ".github/workflows/dbt-cloud-merge.yml" == declared.outputs["path"]
    assert file["content"] == declared.outputs["pipeline"]["content"]
    assert file["overwriteOnCreate"] is False


@pytest.mark.usefixtures("git_provider_packages")
def test_on_gitlab_the_variable_is_masked_and_for_protected_branches_only():
    declared = published(
        GitLabPipelineFile, GitLabPipelineFileArgs, {"git_host": "gitlab"}, project="data/analytics"
    )

    [variable] = declared.inputs["gitlab:index/projectVariable:ProjectVariable"].values()
    assert (variable["project"], variable["key"]) == ("data/analytics", "DBT_CLOUD_TOKEN")
    assert (variable["masked"], variable["protected"], variable["raw"]) == (True, True, True)
    assert_is_secret(variable["value"])
    [file] = declared.inputs["gitlab:index/repositoryFile:RepositoryFile"].values()
    assert (file["filePath"], file["encoding"]) == (".gitlab/dbt-cloud-merge.yml", "text")
    assert file["content"] == declared.outputs["pipeline"]["content"]


@pytest.mark.usefixtures("git_provider_packages")
def test_a_pipeline_for_the_other_git_host_is_refused():
    with pytest.raises(pulumi.RunError, match="the pipeline is for gitlab; write git_host: github"):
        published(
            GitHubPipelineFile, GitHubPipelineFileArgs, {"git_host": "gitlab"}, repository="a"
        )


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
