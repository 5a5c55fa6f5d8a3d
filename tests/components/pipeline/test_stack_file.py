"""What a stack file's `pipeline` block leads to, under Pulumi's mocks."""

import pulumi
import pytest
from pulumi.runtime import rpc
from pulumi_dbtcloud_datafold import DatafoldIntegration
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.connection import Connection
from pydantic import ValidationError

from infra import config, stack
from tests.components.mocks.recording import JOB, TOKEN, run

PROJECT = {
    "project_id": 10,
    "environments": {"production": {"id": 101}, "pull_request": {"id": 102}},
}


@pytest.fixture(autouse=True)
def account(monkeypatch):
    monkeypatch.setenv("DBT_CLOUD_ACCOUNT_ID", "7")
    monkeypatch.setenv("DBT_CLOUD_HOST_URL", "ab123.us1.dbt.com")


def declared(pipeline=None, **project):
    merge_job = {"trigger": "pipeline"} | ({"pipeline": pipeline} if pipeline else {})
    written = {**PROJECT, "merge_job": merge_job, **project}
    settings = config.StackConfig.model_validate({"projects": {"analytics": written}})

    def program():
        access_url = AccessUrl.parse("ab123.us1.dbt.com")
        connection = Connection(7, access_url, pulumi.Output.secret("made-up"))
        ids = {"production": 101, "pull_request": 102}
        loaded = config.LoadedConfig("Pulumi.dev.yaml", connection, settings, {})
        options = stack.declare_provider(loaded)
        [project] = settings.projects.values()
        args = stack.integration_args("analytics", project, ids, options)
        integrations = {"analytics": DatafoldIntegration("analytics", args, options())}
        stack.declare_rest(loaded, integrations, options)

    return run(program).inputs


def tokens(inputs):
    return {
        token["name"]: token["serviceTokenPermissions"][0]["permissionSet"]
        for token in inputs[TOKEN].values()
    }


def test_a_pipeline_has_a_token_of_its_own_beside_datafolds():
    assert tokens(declared()) == {
        "Datafold": "member",
        "Merge pipeline of project 10": "job_runner",
    }


def test_the_token_is_chosen_in_the_pipelines_block():
    chosen = {"token": {"name": "CI", "permission_set": "job_admin"}}

    assert tokens(declared(chosen)) == {"Datafold": "member", "CI": "job_admin"}
    assert tokens(declared({"token": None})) == {"Datafold": "member"}


def test_without_a_pipeline_there_is_no_token_for_one():
    assert tokens(declared(merge_job={})) == {"Datafold": "member"}


@pytest.mark.usefixtures("git_provider_packages")
def test_a_named_repository_gets_the_file_and_the_token():
    inputs = declared({"git_host": "gitlab", "repository": "data/analytics", "branch": "trunk"})

    [variable] = inputs["gitlab:index/projectVariable:ProjectVariable"].values()
    [file] = inputs["gitlab:index/repositoryFile:RepositoryFile"].values()
    assert variable["project"] == file["project"] == "data/analytics"
    assert file["branch"] == "trunk"
    # The mocks give every token this secret.
    assert rpc.unwrap_rpc_secret(variable["value"]) == "a-made-up-secret"
    assert "analytics-merge-job" in inputs[JOB]


@pytest.mark.usefixtures("git_provider_packages")
def test_a_named_repository_may_be_at_github():
    inputs = declared({"repository": "analytics"})

    [secret] = inputs["github:index/actionsSecret:ActionsSecret"].values()
    assert secret["repository"] == "analytics"


def test_a_repository_without_a_token_for_it_is_refused():
    with pytest.raises(ValidationError, match="there is no token to put into the repository"):
        declared({"repository": "analytics", "token": None})
