"""`localcloud git-event | sql` as people and scripts use them: text and exit codes."""

import pytest

from tests.localcloud import command
from tests.localcloud.contract.client import OTHER_PRODUCTION, OTHER_PROJECT
from tests.localcloud.runs.repository import Repository


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("simulated") / "cloud"


@pytest.fixture(scope="module")
def operator(data):
    """A client of a server that simulates runs: the commands are the same."""
    with command.serving(data, runs="simulated") as client:
        yield client


@pytest.fixture(scope="module")
def branch(operator, data):
    """A repository with a branch `feature`."""
    made = Repository.new(data / "repositories" / "example" / "analytics")
    made.commit("feature.sql", branch="feature")
    return made


@pytest.fixture(scope="module")
def jobs(operator, branch):
    return {"ci": operator.ci_job("dbt ls"), "merge": operator.merge_job("dbt ls")}


@pytest.fixture(scope="module")
def git_event(data, branch):
    """Return a function that sends the server an event, from inside the repository."""

    def send(action, number, *options):
        arguments = (action, "--number", number, *options)
        return command.run("git-event", "--data", data, *arguments, cwd=branch.path)

    return send


@pytest.mark.parametrize(
    ("event", "started", "output"),
    [
        (
            ("pr-opened", 7, "--branch", "feature"),
            "ci",
            "started      job {ci} (CI) of project 10: run {run}\n",
        ),
        (
            ("merged", 8, "--repository", "example/analytics"),
            "merge",
            "started      job {merge} (Merge) of project 10: run {run}\n"
            "dropping     schema dbt_cloud_pr_{ci}_8\n",
        ),
        (
            ("pr-updated", 9, "--branch", "feature", "--draft"),
            None,
            "not started  job {ci} (CI) of project 10: the pull request is a draft, and "
            "triggers_on_draft_pr is off\n",
        ),
    ],
)
def test_an_event_says_what_it_starts_and_what_not_with_the_reason(
    operator, jobs, git_event, event, started, output
):
    result = git_event(*event)

    numbers = {name: job["id"] for name, job in jobs.items()}
    run = operator.runs_of(jobs[started])[-1]["id"] if started else None
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == output.format(run=run, **numbers)


def test_an_event_that_no_job_listens_for_says_so(operator, data, git_event):
    Repository.new(data / "repositories" / "example" / "marketing")
    operator.deploy_job("dbt ls", project_id=OTHER_PROJECT, environment_id=OTHER_PRODUCTION)

    result = git_event("pr-closed", 1, "--repository", "example/marketing")

    assert (result.returncode, result.stdout) == (0, "no job listens for this event\n")


def test_an_unknown_repository_is_refused_with_those_there_are(git_event):
    result = git_event("pr-opened", 1, "--repository", "example/no")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: repository: no project has the repository example/no; there are: "
        "git@github.com:example/analytics.git, git@github.com:example/marketing.git\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [["git-event", "pr-opened", "--number", "1", "--branch", "x"], ["sql", "select 1"]],
)
def test_without_a_server_the_command_says_how_to_start_one(tmp_path, arguments):
    data = tmp_path / "nothing"

    result = command.run(*arguments, "--data", data)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: no local dbt Cloud runs on {data}: start one with "
        f"`localcloud start --data {data}`\n"
    )
    assert not data.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["git-event"],
        ["git-event", "pr-opened"],
        ["git-event", "pr-opened", "--number", "0"],
        ["git-event", "pr-lost", "--number", "1"],
        ["sql"],
        ["sql", "select 1", "--project", "x"],
    ],
)
def test_a_command_that_is_used_wrongly_ends_with_2_and_points_to_its_help(arguments):
    result = command.run(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert f"Try 'localcloud {arguments[0]} --help' for help." in result.stderr


def test_simulated_runs_build_nothing_that_could_be_asked(operator, data):
    result = command.run("sql", "--data", data, "select 1")

    assert result.returncode == 1
    assert result.stderr == (
        "Error: sql: runs are simulated, so there is no warehouse: start the server with "
        "--runs real\n"
    )
