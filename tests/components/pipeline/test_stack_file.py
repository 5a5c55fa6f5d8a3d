"""What a stack file's `pipeline` block leads to, under Pulumi's mocks."""

import pulumi
import pytest
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.connection import Connection
from pydantic import ValidationError

from infra import config, stack
from tests.components.mocks.recording import TOKEN, run

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
        ids = {"analytics": {"production": 101, "pull_request": 102}}
        stack.declare(config.LoadedConfig("Pulumi.dev.yaml", connection, settings, {}), ids)

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


def test_a_repository_without_a_token_for_it_is_refused():
    with pytest.raises(ValidationError, match="there is no token to put into the repository"):
        declared({"repository": "analytics", "token": None})
