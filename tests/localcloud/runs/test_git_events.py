"""What the events of a git host start, cancel and leave alone, with the reasons."""

import pytest

from tests.localcloud.contract.client import CI, OTHER_CI, OTHER_PROJECT, PROJECT, triggers
from tests.localcloud.runs.operator import names


@pytest.fixture
def branch(repository):
    """The newest commit of a branch `feature`."""
    return repository.commit("feature.sql", branch="feature")


def reasons(outcome):
    return [job["reason"] for job in outcome["not_started"]]


def started(outcome):
    return [job["job_id"] for job in outcome["started"]]


@pytest.mark.parametrize("action", ["opened", "updated"])
@pytest.mark.parametrize("trigger", ["github_webhook", "git_provider_webhook"])
def test_a_pull_request_starts_the_ci_job_on_its_commit(operator, branch, action, trigger):
    job = operator.ci_job("dbt ls", triggers=triggers(**{trigger: True}))

    outcome = operator.event(action, number=7, branch="feature")
    run = operator.succeeded({"id": outcome["started"][0]["run_id"]})

    assert outcome["started"] == [
        {"job_id": job["id"], "job_name": "CI", "project_id": PROJECT, "run_id": run["id"]}
    ]
    assert (run["git_sha"], run["git_branch"]) == (branch, "feature")
    assert run["trigger"]["cause"] == f"Pull request #7 {action}: feature"
    assert run["trigger"]["cause_category"] == "ci"
    assert run["trigger"]["github_pull_request_id"] == 7
    assert names(run)[1].endswith(f"(override schema to 'dbt_cloud_pr_{job['id']}_7')")


def test_an_update_need_not_name_the_branch_again(operator, branch):
    job = operator.ci_job("dbt ls")
    operator.event("opened", branch="feature")

    assert started(operator.event("updated")) == [job["id"]]


def test_the_host_decides_which_field_shows_the_pull_request(operator, branch):
    operator.change_repository(git_clone_strategy="deploy_token")
    operator.ci_job("dbt ls", triggers=triggers(git_provider_webhook=True))

    outcome = operator.event("opened", branch="feature")

    trigger = operator.read({"id": outcome["started"][0]["run_id"]})["trigger"]
    assert trigger["gitlab_merge_request_id"] == 7
    assert trigger["github_pull_request_id"] is None


BY_GIT_PROVIDER = {"triggers": triggers(git_provider_webhook=True)}
TRIGGER_IS_OFF = "its trigger on pull requests is off"
ONLY_CLONED = "the repository is cloned by deploy_key: only a native git integration sends events"
OTHER_BRANCH = "its environment is on branch main, the pull request goes into release"


@pytest.mark.parametrize(
    ("strategy", "job", "event", "reason"),
    [
        ("deploy_token", {}, {}, TRIGGER_IS_OFF),
        ("deploy_key", {}, {}, ONLY_CLONED),
        ("deploy_key", None, {}, ONLY_CLONED),
        (
            "azure_active_directory_app",
            BY_GIT_PROVIDER,
            {},
            "the account's plan (team) has no CI with Azure DevOps",
        ),
        ("github_app", {"triggers": triggers(), "job_type": "ci"}, {}, TRIGGER_IS_OFF),
        ("github_app", {}, {"base": "release"}, OTHER_BRANCH),
        ("github_app", None, {"base": "release"}, OTHER_BRANCH),
    ],
)
def test_an_event_that_is_not_for_a_job_does_not_start_it(
    operator, repository, branch, strategy, job, event, reason
):
    repository.git("branch", "release")
    operator.change_repository(git_clone_strategy=strategy)
    if job is None:
        operator.merge_job("dbt ls")
        assert reasons(operator.event("merged", **event)) == [reason]
        assert operator.event("closed")["started"] == []
    else:
        operator.ci_job("dbt ls", **job)
        assert reasons(operator.event("opened", branch="feature", **event)) == [reason]


def test_a_deactivated_job_is_not_started(operator, branch):
    operator.cloud.control.set_deactivated(operator.ci_job("dbt ls")["id"])

    outcome = operator.event("opened", branch="feature")

    assert reasons(outcome) == ["it is deactivated: 100 runs in a row failed"]


def test_a_draft_starts_only_jobs_that_want_drafts(operator, branch):
    wants = operator.ci_job("dbt ls", triggers_on_draft_pr=True)
    operator.ci_job("dbt ls")

    outcome = operator.event("opened", branch="feature", draft=True)

    assert started(outcome) == [wants["id"]]
    assert reasons(outcome) == ["the pull request is a draft, and triggers_on_draft_pr is off"]


def test_the_environments_own_branch_is_the_base_it_wants(operator, repository, branch):
    repository.git("branch", "release")
    operator.set_branch("release", CI)
    job = operator.ci_job("dbt ls")

    into_release = operator.event("opened", branch="feature", base="release")
    into_main = operator.event("opened", number=8, branch="feature")

    assert started(into_release) == [job["id"]]
    assert reasons(into_main) == [
        "its environment is on branch release, the pull request goes into main"
    ]


def test_deploy_and_deleted_jobs_do_not_listen(operator, branch):
    operator.deploy_job("dbt ls")
    deleted = operator.ci_job("dbt ls")
    operator.delete(f"{operator.v2}/jobs/{deleted['id']}/")

    outcome = operator.event("opened", branch="feature")

    assert outcome["started"] == outcome["not_started"] == []


def test_a_merge_starts_the_merge_job_on_the_merged_commit(operator, repository, branch):
    job = operator.merge_job("dbt ls")
    sha = repository.merge("feature")

    outcome = operator.event("merged")
    run = operator.succeeded({"id": outcome["started"][0]["run_id"]})

    assert started(outcome) == [job["id"]]
    assert (run["git_sha"], run["git_branch"]) == (sha, "main")
    assert run["trigger"]["cause_category"] == "merge"
    assert run["trigger"]["github_pull_request_id"] is None


@pytest.mark.parametrize("action", ["closed", "merged"])
def test_the_end_of_a_pull_request_cancels_its_runs(operator, branch, barrier, action):
    job = operator.ci_job(f"dbt ls --hold {barrier}")
    run_id = operator.event("opened", branch="feature")["started"][0]["run_id"]
    barrier.reached()

    outcome = operator.event(action)

    assert outcome["cancelled_runs"] == [run_id]
    assert outcome["dropping_schemas"] == [f"dbt_cloud_pr_{job['id']}_7"]
    assert operator.read({"id": run_id})["status_message"] == (
        "Cancelled: the end of the pull request has made this run stale."
    )
    assert barrier.left()


def test_every_project_of_the_repository_at_a_path_gets_the_event(operator, repository, branch):
    own = operator.ci_job("dbt ls")
    path = f"{operator.v3}/projects/{OTHER_PROJECT}/"
    second = operator.post(
        f"{path}repositories/",
        {"remote_url": str(repository.path), "git_clone_strategy": "github_app"},
    )
    operator.change(path, repository_id=second["id"])
    other = operator.ci_job("dbt ls", project_id=OTHER_PROJECT, environment_id=OTHER_CI)

    outcome = operator.event("opened", branch="feature", repository=str(repository.path))

    assert started(outcome) == [own["id"], other["id"]]


@pytest.mark.parametrize("name", ["example/analytics", "git@github.com:example/analytics.git"])
def test_a_repository_is_known_by_name_or_address(operator, branch, name):
    job = operator.ci_job("dbt ls")

    outcome = operator.event("opened", branch="feature", repository=name)

    assert started(outcome) == [job["id"]]


@pytest.mark.parametrize(
    ("event", "path", "problem"),
    [
        ({"repository": "example/no"}, "repository", "no project has the repository example/no"),
        ({}, "branch", "give the branch: no earlier event named it"),
        ({"branch": "nowhere"}, "branch", "has no branch nowhere, or no commit on it"),
        ({"branch": "feature", "sha": "1234567"}, "sha", "has no commit 1234567"),
        ({"number": 0}, "number", "greater than or equal to 1"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(operator, branch, event, path, problem):
    outcome = operator.event("opened", status=400, **{"number": 7, **event})

    assert [problem["path"] for problem in outcome["problems"]] == [path]
    assert problem in outcome["problems"][0]["problem"]
