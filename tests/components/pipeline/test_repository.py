"""File and secret in the repository, by the real engine and a fake of the git host's provider."""

import pytest
import yaml

from tests.components.pipeline import git_host_provider
from tests.infra.engine import deployment
from tests.infra.engine.deployment import ANALYTICS

PIPELINES = {
    "github": {"repository": "analytics", "branch": "trunk", "secret_name": "DBT_PIPELINE"},
    "gitlab": {"repository": "data/analytics"},
}
FILES = {
    "github": "analytics~trunk~.github~workflows~dbt-cloud-merge.yml",
    "gitlab": "data~analytics~main~.gitlab~dbt-cloud-merge.yml",
}
SECRETS = {"github": "analytics~DBT_PIPELINE", "gitlab": "data~analytics~DBT_CLOUD_TOKEN"}
FILE, SECRET = FILES["github"], SECRETS["github"]
INPUTS = {
    "github": {"overwriteOnCreate": False},
    "gitlab": {"overwriteOnCreate": False, "encoding": "text"}
    | dict.fromkeys(("masked", "protected", "raw"), True),
}
"""What the git host itself looks at, of file and secret."""


@pytest.fixture
def repository(tmp_path):
    """The folder that stands for the repository."""
    return tmp_path / "repository"


@pytest.fixture
def git_host():
    return "github"


@pytest.fixture
def stack(tmp_path, pulumi_home, dev_cloud, repository, git_host, git_provider_packages):
    made = deployment.make(tmp_path / "project", pulumi_home, dev_cloud)
    plugin = git_host_provider.install(tmp_path / "plugin", repository, git_host)
    settings = yaml.safe_load((made.folder / "Pulumi.yaml").read_text())
    settings["plugins"] = {"providers": [{"name": git_host, "path": str(plugin)}]}
    (made.folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    return made


def project(token=None, git_host="github", **changed):
    pipeline = {"git_host": git_host, **PIPELINES[git_host]}
    pipeline |= {"token": token} if token else {}
    merge_job = {"trigger": "pipeline", "pipeline": pipeline}
    return {**ANALYTICS, "merge_job": merge_job, **changed}


def secret_of(stack, name):
    return stack.outputs("--show-secrets")["pipeline_tokens"][name]


@pytest.mark.parametrize("git_host", ["github", "gitlab"])
def test_file_and_secret_are_put_into_the_repository_and_taken_out_again(
    stack, repository, git_host
):
    stack.configure(projects={"analytics": project(git_host=git_host)})
    brought_up = stack.up()

    secret = secret_of(stack, "analytics")
    assert {path.name for path in repository.iterdir()} == {FILES[git_host], SECRETS[git_host]}
    assert (repository / SECRETS[git_host]).read_text() == secret
    content = (repository / FILES[git_host]).read_text()
    assert f"DBT_CLOUD_JOB_ID: '{stack.jobs()['10 Merge']['id']}'" in content
    of_host = [
        resource for resource in stack.state() if resource["type"].startswith(f"{git_host}:")
    ]
    inputs = {key: value for resource in of_host for key, value in resource["inputs"].items()}
    assert INPUTS[git_host].items() <= inputs.items()
    assert secret not in content + brought_up.text + stack.pulumi("stack", "export").text
    stack.assert_settled()

    stack.pulumi("destroy", "--yes")

    assert list(repository.iterdir()) == []


def test_a_renamed_block_leaves_file_and_secret_where_they_are(stack, repository):
    stack.configure(projects={"analytics": project()}, protect=True)
    stack.up()
    before = {path.name: path.read_text() for path in repository.iterdir()}

    stack.configure(projects={"core": project(previous_names=["analytics"])}, protect=True)
    stack.up()

    assert sorted(before) == sorted([FILE, SECRET])
    assert {path.name for path in repository.iterdir()} == {FILE, SECRET}
    assert (repository / SECRET).read_text() == secret_of(stack, "core")
    stack.assert_settled()


def test_a_rotated_token_reaches_the_repository_though_all_is_protected(stack, repository):
    stack.configure(projects={"analytics": project()}, protect=True)
    stack.up()
    written_at = (repository / FILE).stat().st_mtime_ns

    rotated = project(token={"generation": 2, "keep_previous": True})
    stack.configure(projects={"analytics": rotated}, protect=True)
    stack.up()

    assert (repository / SECRET).read_text() == secret_of(stack, "analytics")
    assert (repository / FILE).stat().st_mtime_ns == written_at


def test_a_protected_file_is_not_taken_out_of_the_repository(stack, repository):
    stack.configure(projects={"analytics": project()}, protect=True)
    stack.up()

    merge_job = {"trigger": "pipeline"}
    stack.configure(projects={"analytics": {**ANALYTICS, "merge_job": merge_job}}, protect=True)
    refused = stack.up(fails=True)

    assert "protect" in refused.one_line
    assert {path.name for path in repository.iterdir()} == {FILE, SECRET}
