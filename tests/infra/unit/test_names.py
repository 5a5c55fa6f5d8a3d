"""Branches and repositories in the stack file: what git and its hosts allow."""

import pytest

from tests.infra.unit.conftest import ANALYTICS


def project(**changes):
    return {"projects": {"analytics": {**ANALYTICS, **changes}}}


def with_pipeline(**pipeline):
    return project(merge_job={"trigger": "pipeline", "pipeline": pipeline})


def created(branch):
    made = {"create": {"name": "Production", "custom_branch": branch}}
    return project(environments={"production": made, "pull_request": {"id": 102}})


PIPELINE = "projects.analytics.merge_job.pipeline"
CUSTOM_BRANCH = "projects.analytics.environments.production.create.custom_branch"
NOT_ALLOWED = [
    *("-x", "a..b", "a//b", "/a", "a/", "a.lock", "a.", ".a", "a b", "a~1", "@"),
    *("a@{1}", "a\u200b"),
]


@pytest.mark.parametrize(
    ("blocks", "path"),
    [
        (with_pipeline(branch="refs/heads/main"), f"{PIPELINE}.branch"),
        (created("refs/heads/main"), CUSTOM_BRANCH),
    ],
)
def test_a_reference_is_no_branch(problems_of, blocks, path):
    problem = "this is a reference, and the name of a branch is wanted"

    assert problems_of(blocks) == {path: (problem, "write it without refs/heads/, e.g. main")}


@pytest.mark.parametrize("branch", NOT_ALLOWED)
def test_a_branch_that_git_refuses_is_refused(problems_of, branch):
    assert problems_of(with_pipeline(branch=branch)).keys() == {f"{PIPELINE}.branch"}
    assert problems_of(created(branch)).keys() == {CUSTOM_BRANCH}


@pytest.mark.parametrize("branch", ["main", "release/2026-11", "feature_1", "v1.2"])
def test_a_branch_that_git_has_passes(load, branch):
    load(with_pipeline(branch=branch))
    load(created(branch))


@pytest.mark.parametrize(
    "repository", ["../x", "a/../b", "..", ".", "/a", "a/", "a b", "a\n", "a?b"]
)
@pytest.mark.parametrize("git_host", ["github", "gitlab"])
def test_what_is_no_repository_is_refused(problems_of, git_host, repository):
    found = problems_of(with_pipeline(git_host=git_host, repository=repository))

    [(problem, _)] = found.values()
    assert found.keys() == {f"{PIPELINE}.repository"}
    assert problem == "this is not the name of a repository"


def test_a_repository_at_github_is_named_without_its_owner(problems_of, load):
    [(problem, fix)] = problems_of(with_pipeline(repository="example/dbt")).values()

    assert "has its owner in it" in problem
    assert fix == "write the name alone, e.g. dbt-models"
    load(with_pipeline(git_host="gitlab", repository="group/sub/dbt"))


def test_a_repository_without_a_token_for_it_is_refused(problems_of):
    problems = problems_of(with_pipeline(repository="analytics", token=None))

    assert "there is no token to put into the repository" in str(problems)
