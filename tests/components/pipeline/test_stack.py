"""A stack with pipelines, by the real engine: from the stack file to a run that a merge started."""

import json
import sys

import pytest
import yaml

from localcloud import testing
from localcloud.testing import TOKEN
from tests.components.pipeline.runners import GitHubRunner
from tests.infra.engine import deployment
from tests.infra.engine.deployment import ANALYTICS, MARKETING

ANALYTICS_BY_PIPELINE = {**ANALYTICS, "merge_job": {"trigger": "pipeline"}}
MARKETING_BY_PIPELINE = {
    **{key: value for key, value in MARKETING.items() if key != "artifacts_job"},
    "merge_job": {
        "trigger": "pipeline",
        "pipeline": {"branch": "trunk", "token": {"name": "CI", "permission_set": "job_admin"}},
    },
}
COMMAND = [sys.executable, "-m", "pulumi_dbtcloud_datafold.cli", "pipeline"]
PATH = ".github/workflows/dbt-cloud-merge.yml"


@pytest.fixture
def stack(tmp_path, pulumi_home, dev_cloud):
    return deployment.make(tmp_path / "project", pulumi_home, dev_cloud)


@pytest.fixture(scope="module")
def settled(tmp_path_factory, pulumi_home):
    """A stack with two pipelines that has been brought up; tests only read it."""
    folder = tmp_path_factory.mktemp("pipelines")
    with testing.running(folder / "cloud") as cloud:
        stack = deployment.make(folder / "project", pulumi_home, cloud)
        projects = {"analytics": ANALYTICS_BY_PIPELINE, "marketing": MARKETING_BY_PIPELINE}
        stack.configure(projects=projects)
        stack.up()
        yield stack


def secret_of(stack, project):
    return stack.outputs("--show-secrets")["pipeline_tokens"][project]


def test_a_merge_starts_the_job_with_the_written_file_and_the_stacks_own_token(settled, tmp_path):
    secret = secret_of(settled, "analytics")
    arguments = ["--stack", "dev", "--project", "analytics", "--output", str(tmp_path)]

    message = settled.run(*COMMAND, *arguments).stdout

    assert f"wrote {tmp_path / PATH}" in message
    content = (tmp_path / PATH).read_text()
    assert secret not in message + content
    assert TOKEN not in content
    made = {"content": content, "branch": "main", "secret_name": "DBT_CLOUD_TOKEN"}
    pipeline = GitHubRunner(tmp_path, {"DBT_CLOUD_TOKEN": secret}).start(made, sha="c0ffee")
    assert pipeline.end() == 0, pipeline.output
    job_id = settled.jobs()["10 Merge"]["id"]
    [run] = settled.cloud_get(f"/v2/accounts/1/runs/?job_definition_id={job_id}").json()["data"]
    assert run["git_sha"] == "c0ffee"


def test_the_pipelines_token_is_the_least_of_the_legacy_team_plan_and_a_secret(settled):
    [token] = [
        existing
        for existing in settled.tokens()
        if existing["name"] == "Merge pipeline of project 10"
    ]

    [permission] = token["permissions"]
    assert (permission["permission_set"], permission["project_id"]) == ("job_admin", 10)
    # The other project's is named in its block.
    assert {existing["name"] for existing in settled.tokens()} == {"Datafold", token["name"], "CI"}
    outputs = settled.outputs()
    assert set(outputs["pipeline_tokens"].values()) == {"[secret]"}
    assert secret_of(settled, "analytics") not in settled.pulumi("stack", "export").text
    # The file itself would drown all other outputs.
    assert "import urllib" not in json.dumps(outputs)


def test_the_command_replaces_its_own_file_and_nobody_elses(settled, tmp_path):
    write = [*COMMAND, "--project", "marketing", "--output", str(tmp_path)]
    settled.run(*write)
    generated = (tmp_path / PATH).read_text()

    settled.run(*write)
    (tmp_path / PATH).write_text("name: mine\n")
    refused = settled.run(*write, fails=True)

    assert "was not written by this command" in refused.one_line
    assert (tmp_path / PATH).read_text() == "name: mine\n"
    assert yaml.safe_load(generated)["on"]["push"]["branches"] == ["trunk"]


def test_two_projects_with_one_path_are_written_one_at_a_time(settled, tmp_path):
    refused = settled.run(*COMMAND, "--output", str(tmp_path), fails=True)

    assert "analytics and marketing both have their file at" in refused.one_line
    assert list(tmp_path.iterdir()) == []


def test_the_job_keeps_its_number_when_its_trigger_changes(stack):
    stack.configure(projects={"analytics": ANALYTICS})
    stack.up()
    native = stack.jobs()["10 Merge"]

    stack.configure(projects={"analytics": ANALYTICS_BY_PIPELINE})
    stack.up()

    by_pipeline = stack.jobs()["10 Merge"]
    assert (native["job_type"], by_pipeline["job_type"]) == ("merge", "other")
    assert native["id"] == by_pipeline["id"]
    assert stack.outputs()["pipelines"]["analytics"]["job_id"] == native["id"]
    stack.assert_settled()

    stack.configure(projects={"analytics": ANALYTICS})
    stack.up()

    again = stack.jobs()["10 Merge"]
    assert (again["job_type"], again["id"]) == ("merge", native["id"])
    stack.assert_settled()


def test_a_repository_needs_the_extra_of_its_git_host(stack):
    pipeline = {"git_host": "gitlab", "repository": "data/analytics"}
    merge_job = {"trigger": "pipeline", "pipeline": pipeline}
    stack.configure(projects={"analytics": {**ANALYTICS, "merge_job": merge_job}})

    # Not in this process, in which other tests may have imported the extras.
    preview = stack.in_processes().preview(fails=True)

    assert 'pip install "pulumi-dbtcloud-datafold[gitlab]"' in preview.one_line
    assert "Traceback" not in preview.one_line


def test_the_command_says_what_to_do_where_there_is_no_pipeline(stack):
    ran = stack.run(*COMMAND, fails=True)

    assert (
        "Set merge_job: {trigger: pipeline} on a project and run `pulumi up` first" in ran.one_line
    )


def test_the_script_alone_is_printed_without_a_stack(stack, tmp_path):
    script = stack.run(*COMMAND, "--script", "--cwd", str(tmp_path)).stdout

    (tmp_path / "run_job.py").write_text(script)
    shown = stack.run(sys.executable, "-I", str(tmp_path / "run_job.py"), "--help").stdout
    assert "DBT_CLOUD_TOKEN         secret: a service token" in shown
