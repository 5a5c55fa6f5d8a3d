"""A run works on the right commit, in the right directory."""

import shutil

import pytest

from tests.localcloud.runs.operator import log
from tests.localcloud.runs.repository import Repository


def test_the_newest_commit_of_the_default_branch_is_checked_out(operator, repository):
    sha = repository.commit("second.sql")
    repository.commit("elsewhere.sql", branch="other")

    run = operator.do("dbt run")

    assert (run["git_sha"], run["git_branch"]) == (sha, "main")
    assert operator.seen(run)["files"] == [".git", "dbt_project.yml", "second.sql"]


def test_what_is_checked_out_in_the_repository_counts_for_nothing(operator, repository):
    repository.commit("elsewhere.sql", branch="other")
    repository.git("checkout", "--quiet", "other")
    (repository.path / "uncommitted.sql").write_text("")

    run = operator.do("dbt run")

    assert (run["git_sha"], run["git_branch"]) == (repository.first, "main")
    assert operator.seen(run)["files"] == [".git", "dbt_project.yml"]


def test_a_bare_repository_says_its_default_branch_itself(operator, repository):
    repository.git("branch", "--move", "main", "trunk")
    bare = repository.path.with_name("bare.git")
    repository.git("clone", "--quiet", "--bare", ".", str(bare))
    operator.change_repository(remote_url=str(bare))

    run = operator.do("dbt run")

    assert (run["git_sha"], run["git_branch"]) == (repository.first, "trunk")


def test_the_environments_own_branch_is_checked_out(operator, repository):
    sha = repository.commit("release.sql", branch="release")
    operator.set_branch("release")

    run = operator.do("dbt run")

    assert (run["git_sha"], run["git_branch"]) == (sha, "release")


def test_a_run_may_ask_for_another_branch_or_commit(operator, repository):
    sha = repository.commit("feature.sql", branch="feature")
    repository.commit("newer.sql")
    operator.set_branch("main")

    by_branch = operator.do("dbt run", git_branch="feature")
    by_sha = operator.do("dbt run", git_sha=repository.first[:10])

    assert (by_branch["git_sha"], by_branch["git_branch"]) == (sha, "feature")
    assert "feature.sql" in operator.seen(by_branch)["files"]
    assert by_sha["git_sha"] == repository.first
    assert operator.seen(by_sha)["files"] == [".git", "dbt_project.yml"]


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_pull_requests_commit_is_found_by_an_earlier_event_or_the_hosts_reference(
    operator, repository, is_announced
):
    sha = repository.commit("feature.sql", branch="feature")
    job = operator.deploy_job("dbt run")
    if is_announced:
        operator.event("opened", number=7, branch="feature")
    else:
        repository.git("update-ref", "refs/pull/7/head", sha)
        repository.git("branch", "--quiet", "-D", "feature")

    run = operator.succeeded(operator.run(job["id"], github_pull_request_id=7))

    assert run["git_sha"] == sha
    assert run["git_branch"] == "feature" or not is_announced


def test_dbt_works_in_the_projects_directory_of_the_repository(operator, repository):
    repository.commit("dbt/shop/shop.sql")
    operator.change_project(dbt_project_subdirectory="dbt/shop")

    run = operator.do("dbt run")

    assert operator.seen(run)["files"] == ["shop.sql"]


@pytest.mark.parametrize(
    ("overrides", "folder", "reason"),
    [
        ({"git_branch": "nowhere"}, None, "has no branch nowhere, or no commit on it"),
        ({"git_sha": "1234567"}, None, "has no commit 1234567: commit it, or give another"),
        ({"github_pull_request_id": 9}, None, "pull request 9 is not known here: with"),
        ({}, "dbt", "the repository has no directory dbt at this commit"),
    ],
)
def test_what_is_not_there_fails_the_first_step(operator, repository, overrides, folder, reason):
    operator.change_project(dbt_project_subdirectory=folder)

    run = operator.ended(operator.run(operator.deploy_job("dbt run")["id"], **overrides))

    assert (run["is_error"], run["status_message"]) == (True, "Clone git repository failed.")
    assert reason in log(run)


def test_a_repository_that_is_not_there_is_reported_with_the_way_out(operator, repository):
    shutil.rmtree(repository.path)

    run = operator.ended(operator.run(operator.deploy_job("dbt run")["id"]))
    refused = operator.event("opened", status=400)

    assert f"there is no git repository at {repository.path}" in log(run)
    assert "clone it there, or give the repository a remote_url that is a path" in log(run)
    assert "there is no git repository at" in refused["problems"][0]["problem"]


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_an_address_that_is_a_path_is_that_repository(operator, tmp_path, form):
    elsewhere = Repository.new(tmp_path / "else where")
    address = form.format(str(elsewhere.path).replace(" ", "%20" if "file" in form else " "))
    operator.change_repository(remote_url=address)

    run = operator.do("dbt run")

    assert run["git_sha"] == elsewhere.first


def test_a_project_without_a_repository_cannot_run(operator):
    operator.change_project(repository_id=None)

    run = operator.ended(operator.run(operator.deploy_job("dbt run")["id"]))

    assert run["is_error"]
    assert run["status_message"] == ("project 10 (Analytics) has no repository: attach one to it.")
