"""The generated files: what they say, and that the git hosts' own rules accept them."""

import json

import pytest
import yaml
from pulumi_dbtcloud_datafold.pipeline import pipeline_file
from pulumi_dbtcloud_datafold.pipeline.settings import PipelineSettings
from pydantic import ValidationError

from tests.components.pipeline import checkers

JOB = {"job_id": 5, "account_id": 1, "access_url": "https://ab123.us1.dbt.com"}
VARIANTS = [
    {"git_host": host, **settings}
    for host in ("github", "gitlab")
    for settings in (
        {},
        {"branch": "release/2.x", "secret_name": "DBT_PIPELINE", "wait_minutes": 5},
    )
]


def made_from(settings, **job):
    return pipeline_file.pipeline(PipelineSettings.model_validate(settings), **job)


def github(**settings):
    made = made_from({"git_host": "github", **settings}, **JOB)
    return made, yaml.safe_load(made["content"])


def gitlab(**settings):
    made = made_from({"git_host": "gitlab", **settings}, **JOB)
    [job] = yaml.safe_load(made["content"]).values()
    return made, job


@pytest.mark.parametrize("settings", VARIANTS, ids=json.dumps)
def test_the_git_host_accepts_the_file(settings, tmp_path):
    made = made_from(settings, **JOB)
    file = tmp_path / "pipeline.yml"
    file.write_text(made["content"])

    checkers.assert_right(made["kind"], file)
    if made["kind"] == "github":
        # Its newest version is older than GitHub's queue for concurrency groups (May 2026).
        known = 'unexpected key "queue" for "concurrency" section'
        checkers.assert_actionlint_finds_nothing(file, ignored=known)


def test_merges_wait_for_each_other_and_none_is_cancelled():
    _, workflow = github()

    assert workflow["concurrency"] == {
        "group": "dbt-cloud-job-5",
        "cancel-in-progress": False,
        "queue": "max",
    }
    assert gitlab()[1]["interruptible"] is False


def test_the_workflow_has_no_rights_no_checkout_and_no_code_of_others():
    _, workflow = github()

    assert workflow["permissions"] == {}
    [job] = workflow["jobs"].values()
    assert job["runs-on"] == "ubuntu-latest"
    assert [sorted(step) for step in job["steps"]] == [["env", "name", "run", "shell"]]


def test_what_a_pusher_chooses_reaches_the_script_by_the_environment_only():
    made, workflow = github(secret_name="DBT_PIPELINE")
    [job] = workflow["jobs"].values()
    [step] = job["steps"]

    assert "${{" not in step["run"] + step["shell"]
    assert step["env"]["DBT_CLOUD_TOKEN"] == "${{ secrets.DBT_PIPELINE }}"
    assert made["content"].count("secrets.") == 1
    assert made["secret_name"] == "DBT_PIPELINE"


def test_the_files_of_two_projects_in_one_repository_do_not_undo_each_other():
    both = [{**JOB, "job_id": number} for number in (5, 6)]
    workflows, jobs = (
        [yaml.safe_load(made_from({"git_host": host}, **job)["content"]) for job in both]
        for host in ("github", "gitlab")
    )

    assert not jobs[0].keys() & jobs[1].keys()
    for distinct in ("name", "concurrency"):
        assert workflows[0][distinct] != workflows[1][distinct]


def test_the_gitlab_job_starts_on_pushes_to_the_branch_without_a_checkout():
    made, job = gitlab(branch="release/2.x", secret_name="DBT_PIPELINE")

    assert job["rules"] == [
        {"if": '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "release/2.x"'}
    ]
    assert job["image"] == "python:3.14-slim"
    assert job["variables"]["GIT_STRATEGY"] == "none"
    assert job["variables"]["DBT_CLOUD_TOKEN"] == "$DBT_PIPELINE"
    assert "include: [{local: /.gitlab/dbt-cloud-merge.yml}]" in made["content"]


def test_a_gitlab_variable_with_the_scripts_own_name_is_left_alone():
    # A variable that is defined by itself is empty in GitLab.
    assert "DBT_CLOUD_TOKEN" not in gitlab()[1]["variables"]


def test_the_git_host_lets_the_script_finish_its_wait():
    [job] = github(wait_minutes=60)[1]["jobs"].values()

    assert job["timeout-minutes"] == 75
    assert job["steps"][0]["env"]["DBT_CLOUD_WAIT_MINUTES"] == "60"
    assert gitlab(wait_minutes=60)[1]["timeout"] == "75 minutes"


@pytest.mark.parametrize(
    ("chosen", "path"),
    [
        ({"git_host": "github"}, ".github/workflows/dbt-cloud-merge.yml"),
        ({"git_host": "gitlab"}, ".gitlab/dbt-cloud-merge.yml"),
        ({"path": ".github/workflows/marketing.yaml"}, ".github/workflows/marketing.yaml"),
    ],
)
def test_the_file_has_a_usual_place_or_the_one_that_was_chosen(chosen, path):
    assert made_from(chosen, **JOB)["path"] == path


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"branch": "feature/*"}, "git allows no branch of this name"),
        ({"secret_name": "GITHUB_TOKEN"}, "belong to the git host"),
        ({"secret_name": "a b"}, "this is not the name of a secret"),
        ({"path": "../elsewhere.yml"}, "not the path of a YAML file in a repository"),
        ({"git_host": "bitbucket"}, "'github' or 'gitlab'"),
        ({"wait_minutes": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_that_would_make_a_wrong_file_are_refused(chosen, problem):
    with pytest.raises(ValidationError, match=problem):
        made_from(chosen, **JOB)
