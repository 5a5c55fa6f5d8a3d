"""The pipelines around a stack: what they say, that the git hosts accept them, and what their scripts do."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.workflows import github, gitlab
from pulumi_dbtcloud_datafold.cli.workflows.command import workflows
from pulumi_dbtcloud_datafold.cli.workflows.settings import WorkflowSettings

from tests.components.cli.review import recordings
from tests.components.cli.workflows.runners import Runner
from tests.components.pipeline import checkers

VARIANTS = {
    "plain": {},
    "s3": {
        "backend_url": "s3://state?region=eu-central-1",
        "folder": "infrastructure",
        "branch": "release/2.x",
        "token_secret": "DBT_ADMIN",
        "install": ("make venv",),
    },
}
NOT_INSTALLED = {"install": ("echo installed",)}


def made(module, **settings):
    return module.files(WorkflowSettings("prod", **settings))


def of_github(name, **settings):
    return made(github, **settings)[f".github/workflows/dbt-cloud-{name}-prod.yml"]


def of_gitlab(name, **settings):
    [jobs] = made(gitlab, **settings).values()
    return jobs[f"dbt-cloud-{name}-prod"]


@pytest.fixture
def write(tmp_path):
    """Return a function that runs the command."""

    def run(host, **settings):
        output = tmp_path / "repository"
        options = [
            part
            for key, value in settings.items()
            for item in (value if isinstance(value, tuple) else (value,))
            for part in (f"--{key.replace('_', '-')}", item)
        ]
        ran = CliRunner().invoke(
            workflows, [host, "--stack", "prod", "--output", str(output), *options]
        )
        assert not ran.exception, repr(ran.exception)
        return sorted(path for path in output.rglob("*.yml")), ran.output

    return run


@pytest.mark.parametrize("variant", VARIANTS)
def test_github_accepts_the_files(variant, write):
    paths, _ = write("github", **VARIANTS[variant])

    assert len(paths) == 3
    checkers.assert_right("github", *paths)
    checkers.assert_actionlint_finds_nothing(*paths)


@pytest.mark.parametrize("variant", VARIANTS)
def test_gitlab_accepts_the_file(variant, write):
    [path], _ = write("gitlab", **VARIANTS[variant])

    checkers.assert_right("gitlab", path)


def test_each_job_has_the_least_rights():
    jobs = {
        f"{name} {job}": body["permissions"]
        for name in ("preview", "up", "check")
        for job, body in of_github(name)["jobs"].items()
    }

    assert jobs == {
        "preview preview": {"contents": "read"},
        "preview comment": {"pull-requests": "write"},
        "up up": {"contents": "read"},
        "check check": {"contents": "read"},
    }
    assert [of_github(name)["permissions"] for name in ("preview", "up", "check")] == [{}, {}, {}]


def test_what_may_write_runs_nothing_of_the_pull_request():
    comment = of_github("preview")["jobs"]["comment"]

    assert [step.get("uses", "").partition("@")[0] for step in comment["steps"]] == [
        "actions/download-artifact",
        "",
    ]
    assert of_gitlab("comment")["variables"]["GIT_STRATEGY"] == "none"


def test_a_fork_gets_no_secret():
    preview = of_github("preview")

    assert list(preview["on"]) == ["pull_request"]
    assert preview["jobs"]["preview"]["if"] == (
        "github.event.pull_request.head.repo.full_name == github.repository"
    )
    [rule] = of_gitlab("preview")["rules"]
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in rule["if"]


def test_secrets_are_given_to_the_one_step_that_needs_them():
    for name, job in (("preview", "preview"), ("up", "up"), ("check", "check")):
        steps = of_github(name, **VARIANTS["s3"])["jobs"][job]["steps"]
        [holder] = [step for step in steps if "secrets." in str(step)]
        assert holder["env"]["DBT_CLOUD_TOKEN"] == "${{ secrets.DBT_ADMIN }}"
        assert (
            holder["env"]["PULUMI_CONFIG_PASSPHRASE"] == "${{ secrets.PULUMI_CONFIG_PASSPHRASE }}"
        )
        assert holder["env"]["PULUMI_BACKEND_URL"] == "s3://state?region=eu-central-1"
        assert "PULUMI_ACCESS_TOKEN" not in holder["env"]
        assert "${{" not in holder["run"]


def test_up_comes_after_the_merge_one_at_a_time():
    up = of_github("up", branch="trunk")

    assert up["on"] == {"push": {"branches": ["trunk"]}}
    assert up["concurrency"] == {"group": "dbt-cloud-up-prod", "cancel-in-progress": False}
    assert of_gitlab("up")["resource_group"] == "dbt-cloud-up-prod"
    assert of_gitlab("up")["interruptible"] is False


def test_two_stacks_have_files_jobs_and_groups_of_their_own():
    files = [
        module.files(WorkflowSettings(stack))
        for stack in ("prod", "org/dev")
        for module in (github, gitlab)
    ]

    names = [path for of_host in files for path in of_host]
    assert len(names) == len(set(names)) == 8
    assert ".github/workflows/dbt-cloud-up-org-dev.yml" in names


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"stack": "a b"}, "--stack"),
        ({"stack": "prod", "branch": "main$(id)"}, "--branch"),
        ({"stack": "prod", "folder": "../x"}, "--folder"),
        ({"stack": "prod", "token_secret": "a }} b"}, "--token-secret"),
        ({"stack": "prod", "backend_url": "file:///state"}, "does not see a folder"),
        ({"stack": "prod", "backend_url": "https://user:pw@example.com"}, "password"),
    ],
)
def test_values_that_would_break_a_file_are_refused(settings, problem):
    with pytest.raises(CommandError, match=problem):
        WorkflowSettings(**settings)


def test_the_command_writes_again_what_it_wrote_and_refuses_what_others_wrote(write):
    [path], _ = write("gitlab")
    write("gitlab", branch="trunk")
    assert "trunk" in path.read_text()

    path.write_text("mine: {script: [true]}\n")
    with pytest.raises(AssertionError, match="was not written by this command"):
        write("gitlab")
    assert path.read_text().startswith("mine")


def test_the_command_names_the_secrets_to_set(write):
    _, output = write("github", backend_url="azblob://state")

    assert "PULUMI_CONFIG_PASSPHRASE, AZURE_STORAGE_ACCOUNT, AZURE_STORAGE_KEY" in output
    assert "GITLAB_TOKEN too" in write("gitlab")[1]


@pytest.fixture
def runner(tmp_path):
    folder = tmp_path / "checkout"
    folder.mkdir()
    env = {
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "COMMENT_RETRY_SECONDS": "0.01",
    }
    return Runner(folder, env)


@pytest.mark.parametrize(
    ("name", "code"), [("schedule", 0), ("deletion", 0), ("replacement-refused", 1)]
)
def test_a_preview_becomes_a_comment_whatever_it_says(host, runner, name, code):
    runner.env |= {"FAKE_PREVIEW": str(recordings.path(name)), "FAKE_CODE": str(code), **host.env}
    context = {
        "github.token": host.env.get("GITHUB_TOKEN", ""),
        "github.event.pull_request.number": "12",
        "secrets.PULUMI_ACCESS_TOKEN": "made-up",
    }
    for _ in range(2):
        if host.kind == "github":
            jobs = of_github("preview", **NOT_INSTALLED)["jobs"]
            ended, output = runner.github(jobs["preview"], context)
            assert Path(runner.env["GITHUB_OUTPUT"]).read_text() == "reviewed=true\n"
            Path(runner.env["GITHUB_OUTPUT"]).unlink()
            commented, printed = runner.github(jobs["comment"], context)
        else:
            ended, output = runner.gitlab(of_gitlab("preview", **NOT_INSTALLED))
            commented, printed = runner.gitlab(of_gitlab("comment", **NOT_INSTALLED))
        assert ended == code, output
        assert commented == 0, printed

    [comment] = host.comments.values()
    assert comment["body"].startswith("<!-- dbtcloud-datafold review: prod -->\n")
    assert comment["body"] == (runner.folder / "review.md").read_text()
    assert runner.calls[0] == "pulumi preview --non-interactive --json --stack prod"


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_a_preview_that_printed_nothing_fails_without_a_comment(kind, runner, tmp_path):
    empty = tmp_path / "empty"
    empty.touch()
    runner.env |= {"FAKE_PREVIEW": str(empty), "FAKE_CODE": "255"}

    if kind == "github":
        code, output = runner.github(of_github("preview", **NOT_INSTALLED)["jobs"]["preview"], {})
    else:
        code, output = runner.gitlab(of_gitlab("preview", **NOT_INSTALLED))

    assert code, output
    assert "this is not JSON" in output
    assert not (tmp_path / "output").exists()


def test_up_brings_up_the_stack_in_its_folder(runner):
    (runner.folder / "infrastructure").mkdir()
    settings = {**VARIANTS["s3"], **NOT_INSTALLED}
    job = of_github("up", **settings)["jobs"]["up"]

    code, output = runner.github(job, {"secrets.DBT_ADMIN": "made-up"})

    assert code == 0, output
    assert runner.calls == ["pulumi up --non-interactive --yes --stack prod"]
    env = Path(f"{runner.log}.env").read_text()
    assert "DBT_CLOUD_TOKEN=made-up\n" in env
    assert "PULUMI_BACKEND_URL=s3://state" in env


def test_at_gitlab_an_older_commit_is_not_brought_up_after_a_newer_one(runner):
    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        ran = subprocess.run(
            ["git", *identity, *arguments],
            cwd=runner.folder,
            check=True,
            capture_output=True,
            text=True,
        )
        return ran.stdout.strip()

    git("init", "--quiet", "--initial-branch=main", ".")
    git("commit", "--quiet", "--allow-empty", "-m", "one")
    older = git("rev-parse", "HEAD")
    git("commit", "--quiet", "--allow-empty", "-m", "two")
    git("remote", "add", "origin", str(runner.folder))
    job = of_gitlab("up", **NOT_INSTALLED)
    runner.env |= {"CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": older}

    code, output = runner.gitlab(job)
    assert (code, runner.calls) == (0, [])
    assert "A newer commit is on main" in output

    runner.env["CI_COMMIT_SHA"] = git("rev-parse", "HEAD")
    assert runner.gitlab(job)[0] == 0
    assert runner.calls == ["pulumi up --non-interactive --yes --stack prod"]
