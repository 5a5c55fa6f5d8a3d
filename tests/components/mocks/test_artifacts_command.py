"""The step that `command: parse` means, which depends on the dbt engine of the environment."""

import pytest
from pulumi_dbtcloud_datafold import ArtifactsJob, ArtifactsJobArgs

from localcloud import testing
from tests.components.mocks.recording import PLACE, job_of
from tests.localcloud.contract.client import Client

PARTIAL = ["dbt parse --no-partial-parse"]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with testing.running(tmp_path_factory.mktemp("cloud")) as running:
        yield running


def steps(**settings):
    args = ArtifactsJobArgs(**{**PLACE, "command": "parse", **settings})
    return job_of(lambda: ArtifactsJob("a", args))["executeSteps"]


@pytest.mark.parametrize(
    ("version", "expected"), [("latest-fusion", ["dbt parse"]), ("latest", PARTIAL)]
)
def test_the_environment_decides(cloud, version, expected):
    with Client(cloud, testing.TOKEN) as client:
        environment = client.get("/v3/accounts/1/projects/10/environments/101/")
        client.post(
            "/v3/accounts/1/projects/10/environments/101/", {**environment, "dbt_version": version}
        )
    connection = {"access_url": cloud.origin, "account_id": 1, "token": testing.TOKEN}

    assert steps(connection=connection) == expected


@pytest.mark.parametrize(
    ("version", "expected"), [("fusion-stable", ["dbt parse"]), ("latest", PARTIAL)]
)
def test_the_version_of_the_job_itself_comes_first(version, expected):
    assert steps(dbt_version=version) == expected


def test_without_an_account_the_environment_is_taken_for_one_of_dbt_core():
    assert steps() == PARTIAL
