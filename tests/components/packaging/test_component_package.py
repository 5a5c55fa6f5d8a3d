"""The components in a program of another language: Pulumi YAML, through the real engine."""

import copy
import itertools
import json
import re
import tomllib

import pytest
import yaml

from localcloud import testing
from tests.components.packaging import component_folder
from tests.infra.engine import deployment
from tests.infra.engine.deployment import ROOT

COMPONENTS = ROOT / "components"

ANALYTICS = {
    "projectId": 10,
    "productionEnvironmentId": 101,
    "pullRequestEnvironmentId": 102,
    "productionJob": {"schedule": {"hours": [2, 14], "days": [1, 5]}, "numThreads": 8},
    "mergeJob": {"deferringEnvironmentId": 101},
    "firstRun": True,
}

PROGRAM = {
    "name": "in-yaml",
    "runtime": "yaml",
    "resources": {
        "analytics": {
            "type": "dbtcloud-datafold:DatafoldIntegration",
            "properties": ANALYTICS,
        },
        "datafold": {
            "type": "dbtcloud-datafold:MemberServiceToken",
            "properties": {"projectIds": [10]},
        },
    },
    "outputs": {
        "artifactsJobId": "${analytics.artifactsJobId}",
        "tokenString": "${datafold.tokenString}",
    },
}


class YamlStack:
    def __init__(self, folder, home, cloud):
        source = folder / "source"
        source.mkdir()
        self.components = component_folder.copy(folder)
        self.write_to(source, PROGRAM)
        made = deployment.make(folder / "stack", home, cloud, program=source)
        self.deployed = made.in_processes()

    def write(self, settings=None, **properties):
        """Declare the integration with other inputs, and the program with other settings."""
        program = {**copy.deepcopy(PROGRAM), **(settings or {})}
        program["resources"]["analytics"]["properties"] = {**ANALYTICS, **properties}
        self.write_to(self.deployed.folder, program)

    def write_to(self, folder, program):
        packages = {"dbtcloud-datafold": str(self.components)}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**program, "packages": packages}))


@pytest.fixture
def stack(tmp_path, yaml_home, cloud):
    return YamlStack(tmp_path, yaml_home, cloud)


@pytest.fixture(scope="module")
def previewed(tmp_path_factory, yaml_home):
    """A stack for tests that only preview."""
    with testing.running(tmp_path_factory.mktemp("cloud")) as cloud:
        yield YamlStack(tmp_path_factory.mktemp("stack"), yaml_home, cloud)


def test_a_yaml_program_brings_the_integration_up_and_takes_it_down(stack):
    deployed = stack.deployed

    brought_up = deployed.up()

    assert "first run of 'Merge' started" in brought_up.one_line
    jobs = deployed.jobs()
    assert {name: job["job_type"] for name, job in jobs.items()} == {
        "10 Production": "scheduled",
        "10 Pull requests": "ci",
        "10 Merge": "merge",
    }
    assert jobs["10 Production"]["schedule"]["cron"] == "0 2,14 * * 1,5"
    assert jobs["10 Production"]["settings"]["threads"] == 8
    assert jobs["10 Merge"]["deferring_environment_id"] == 101
    [token] = deployed.tokens()
    assert token["name"] == "Datafold"
    outputs = deployed.outputs()
    assert outputs["artifactsJobId"] == jobs["10 Merge"]["id"]
    assert outputs["tokenString"] == "[secret]"
    deployed.assert_settled()

    deployed.pulumi("destroy", "--yes")

    assert deployed.jobs() == {}
    assert deployed.tokens() == []


def test_job_numbers_are_guarded_as_in_a_python_program(stack):
    stack.deployed.up()
    before = {job["name"]: job["id"] for job in stack.deployed.job_list()}

    stack.write(projectId=20)
    refused = stack.deployed.preview(fails=True)

    assert refused.replacements
    assert refused.replacements.items() <= before.items()
    assert "project_id changes from 10 to 20" in refused.one_line

    stack.write(mergeJob=None, artifactsJob={})
    announced = stack.deployed.preview()

    assert f"job {before['Merge']} 'Merge' is deleted by this update" in announced.one_line
    assert "'Pull requests' is deleted" not in announced.one_line


def test_the_account_and_the_token_may_be_in_the_configuration(stack):
    stack.deployed.pulumi("config", "set", "--secret", "dbtcloud:token", "local-dbt-cloud")
    stack.deployed.pulumi("config", "set", "dbtcloud:accountId", "1")
    stack.deployed.pulumi("config", "set", "dbtcloud:hostUrl", stack.deployed.cloud.url)
    stack.deployed.extra_env = dict.fromkeys(
        ("DBT_CLOUD_TOKEN", "DBT_CLOUD_ACCOUNT_ID", "DBT_CLOUD_HOST_URL"), ""
    )
    job = {"name": "Merge", "project_id": 10, "environment_id": 101, "execute_steps": ["dbt build"]}
    triggers = {"schedule": False, "github_webhook": False, "git_provider_webhook": False}
    created = stack.deployed.cloud_post(
        "/v2/accounts/1/jobs/",
        {**job, "account_id": 1, "id": None, "state": 1, "triggers": triggers},
    )
    number = created.json()["data"]["id"]

    refused = stack.deployed.preview(fails=True)

    # The guard has asked dbt Cloud, so it has got address, account and token.
    assert f"job {number} is called 'Merge' in environment 101 already" in refused.one_line


def test_wrong_inputs_are_all_reported_in_the_words_of_the_schema(previewed):
    previewed.write(
        projectId=-10,
        mergeJob={"executeSteps": ["dbt biuld"], "timeoutSeconds": 999999},
        productionJob={"schedule": {"hours": [25]}},
    )

    refused = previewed.deployed.preview(fails=True)

    assert "property mergeJob.executeSteps[0]" in refused.one_line
    assert "did you mean 'dbt build'?" in refused.one_line
    assert "property mergeJob.timeoutSeconds" in refused.one_line
    assert "property productionJob.schedule.hours[0]" in refused.one_line
    assert "property projectId" in refused.one_line
    assert "Traceback" not in refused.text
    assert ".py" not in refused.text


def test_a_rule_across_inputs_speaks_of_them_in_the_words_of_the_schema(previewed):
    previewed.write(artifactsJob={})

    refused = previewed.deployed.preview(fails=True)

    assert "mergeJob and artifactsJob are both there" in refused.one_line
    assert "fix: remove artifactsJob" in refused.one_line
    assert previewed.deployed.jobs() == {}


def test_a_block_that_is_known_only_later_is_refused(previewed):
    previewed.deployed.pulumi("config", "set", "--secret", "--path", "merge.name", "Merge")
    previewed.write({"configuration": {"merge": {"type": "object"}}}, mergeJob="${merge}")

    refused = previewed.deployed.preview(fails=True)

    assert "property mergeJob" in refused.one_line
    assert "what is declared depends on it before Outputs are known" in refused.one_line


def test_the_schema_describes_every_input_and_output(previewed):
    schema = json.loads(
        previewed.deployed.pulumi("package", "get-schema", str(previewed.components)).stdout
    )

    assert schema["name"] == "dbtcloud-datafold"
    assert "dbtcloud-datafold:index:DatafoldIntegration" in schema["resources"]
    undescribed, texts = [], []
    for token, thing in itertools.chain(schema["resources"].items(), schema["types"].items()):
        described = {**thing.get("inputProperties", {}), **thing.get("properties", {})}
        undescribed += [
            f"{token}.{key}" for key, found in described.items() if not found.get("description")
        ]
        texts += [thing["description"], *(found["description"] for found in described.values())]
    assert undescribed == []
    steps = schema["types"]["dbtcloud-datafold:index:MergeJobSettingsArgs"]["properties"]
    assert steps["executeSteps"]["description"].startswith("dbt commands, run in order")
    assert [text for text in texts if re.search("execute_steps|project_id|merge_job", text)] == []


def test_what_the_package_needs_is_what_the_project_needs():
    """Pulumi installs requirements.txt for a package that it fetched from a repository."""
    requirements = (COMPONENTS / "requirements.txt").read_text().split("\n")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert [line for line in requirements if line] == project["dependencies"], (
        "copy project.dependencies of pyproject.toml to components/requirements.txt, one a line"
    )
