"""`dbtcloud-datafold init` as a user types it, where `pulumi` is typed."""

import pytest
import yaml

from localcloud.testing import TOKEN
from tests.components.cli import command
from tests.components.cli.account import NIGHTLY, ON_MERGE, ON_PULL_REQUEST
from tests.components.cli.init import terminal

IN_MARKETING = {"project_id": 20, "environment_id": 201}


def stack_file(stack):
    return yaml.safe_load((stack.folder / "Pulumi.dev.yaml").read_text())


def projects(stack):
    return stack_file(stack)["config"].get("dbtcloud-datafold:projects")


@pytest.fixture
def legacy(account):
    """An account as the one of case B2: jobs by the names that people give, and one for pull requests."""
    return {
        "production_job": account.job("Legacy nightly", **NIGHTLY),
        "pull_request_job": account.job("Slim CI", **ON_PULL_REQUEST),
        "merge_job": account.job("merge job", **ON_MERGE),
    }


def test_the_file_has_the_projects_with_jobs_and_keeps_what_it_had(stack, account, legacy):
    token = account.token("Datafold")
    before = stack_file(stack)

    ran = command.run(stack, "init")

    assert ran.stdout.startswith(
        "Projects:\n  10 'Analytics': 3 jobs\n\nanalytics (project 10 'Analytics')\n"
    )
    assert (
        f"  production_job  {legacy['production_job']} 'Legacy nightly': its schedule starts it (at 02:00 every day, "
        "UTC), and it builds everything: dbt build\n"
    ) in ran.stdout
    assert ran.stdout.endswith(
        "\nWritten: Pulumi.dev.yaml\n\nNext:\n  pulumi preview\n  pulumi up\n\n"
        "Beside each job that is imported the preview shows an update of execution, timeoutSeconds and "
        "validateExecuteSteps, which changes nothing in dbt Cloud. To import without it, first run "
        "dbtcloud-datafold adopt.\n"
    )
    assert "reading projects and jobs of account 1" in ran.stderr
    assert TOKEN not in ran.text + (stack.folder / "Pulumi.dev.yaml").read_text()
    assert {key: value for key, value in stack_file(stack).items() if key != "config"} == before
    assert list(projects(stack)) == ["analytics"]
    assert {role: projects(stack)["analytics"][role]["adopt_job_id"] for role in legacy} == legacy
    assert stack_file(stack)["config"]["dbtcloud-datafold:service_token"] == {
        "adopt_token_id": token
    }
    preview = stack.preview()
    assert "4 to import" in preview.one_line
    stack.up()
    stack.assert_settled()
    assert [existing["id"] for existing in stack.tokens()] == [token]


def test_beside_a_definition_the_file_has_what_differs_and_the_preview_imports_all(
    stack, account, legacy
):
    account.token("Datafold")
    (stack.folder / "datafold.yaml").write_text("""
defaults:
  production_job: {num_threads: 8, schedule: {interval: 12}}
  pull_request_job: {name: Slim CI}
projects: {analytics: {merge_job: {description: from the definition}}}
service_token: {name: Datafold, project_ids: [10]}
""")
    file = stack.folder / "Pulumi.dev.yaml"
    content = {**(yaml.safe_load(file.read_text()) or {})}
    content["config"] = {"dbtcloud-datafold:definition": "datafold.yaml"}
    file.write_text(yaml.safe_dump(content))

    ran = command.run(stack, "init")

    assert "Written: Pulumi.dev.yaml, with what differs from its definition" in ran.stdout
    block = projects(stack)["analytics"]
    assert "name" not in block["pull_request_job"]
    assert block["merge_job"]["description"] is None
    assert block["production_job"]["num_threads"] is None
    preview = stack.preview()
    assert "4 to import" in preview.one_line
    kept = ("id", "name", "description", "execute_steps", "settings", "schedule")
    before = [[job[key] for key in kept] for job in stack.job_list()]
    stack.up()
    assert [[job[key] for key in kept] for job in stack.job_list()] == before
    stack.assert_settled()


def test_what_was_written_is_replaced_only_if_that_is_asked_for(stack, account, legacy):
    command.run(stack, "init")
    before = (stack.folder / "Pulumi.dev.yaml").read_text()

    refused = command.run(stack, "init", code=2)
    command.run(stack, "init", "--force")

    assert refused.stderr == (
        "error: Pulumi.dev.yaml has projects or a token already. To replace them, add --force\n"
    )
    assert (stack.folder / "Pulumi.dev.yaml").read_text() == before


def test_projects_are_named_by_number_or_name(stack, account, legacy):
    account.job("Nightly", **NIGHTLY, **IN_MARKETING)

    named = command.run(stack, "init", "--project", "20", "--project", "Analytics")
    unknown = command.run(stack, "init", "--force", "--project", "Sales", code=2)

    assert list(projects(stack)) == ["marketing", "analytics"]
    assert "Projects:\n  20 'Marketing': 1 job\n  10 'Analytics': 3 jobs\n" in named.stdout
    assert unknown.stderr.endswith(
        "error: --project Sales: there is no such project; there is 10 (Analytics), 20 (Marketing)\n"
    )


def test_what_is_to_decide_is_chosen_by_an_option(stack, account, legacy):
    second = account.job("Second nightly", **NIGHTLY)

    asked = command.run(stack, "init", code=1)
    text = (stack.folder / "Pulumi.dev.yaml").read_text()
    chosen = command.run(stack, "init", "--force", "--choose", f"analytics.production_job={second}")
    refused = command.run(
        stack, "init", "--force", "--choose", "analytics.production_job=1", code=2
    )

    assert (
        f"    --choose analytics.production_job={second}  {second} 'Second nightly': "
        in asked.stdout
    )
    assert asked.stdout.endswith(
        "To decide: analytics. These blocks are comments in Pulumi.dev.yaml. Follow what is written above under TO "
        "DECIDE and NOT POSSIBLE, then run init again with --force and the --choose options.\n"
    )
    assert "#: dbtcloud-datafold:projects:" in text
    assert "pulumi preview" in chosen.stdout
    again = command.run(stack, "init", "--force")
    assert again.stdout == chosen.stdout
    assert projects(stack)["analytics"]["production_job"]["adopt_job_id"] == second
    assert refused.stderr.endswith(
        "error: --choose analytics.production_job=1: the project has no such job\n"
    )


def test_an_account_without_jobs_and_one_that_cannot_be_reached_are_one_message(stack):
    empty = command.run(stack, "init", code=2)
    stack.extra_env |= {"DBT_CLOUD_TOKEN": None}
    unknown = command.run(stack, "init", code=2)

    assert empty.stderr.endswith(
        "error: no project of account 1 has a job that the token sees. Write the stack file by hand, as "
        "Pulumi.dev.yaml, or name projects with --project\n"
    )
    assert "dbtcloud:token" in unknown.stderr
    assert "no token: dbt Cloud cannot be reached" in unknown.stderr


def test_at_a_terminal_what_is_missing_is_asked_for_and_kept(stack, account, legacy):
    second = account.job("Second nightly", **NIGHTLY)
    stack.extra_env |= dict.fromkeys(
        ("DBT_CLOUD_TOKEN", "DBT_CLOUD_ACCOUNT_ID", "DBT_CLOUD_HOST_URL")
    )

    code, shown = terminal.run(
        stack,
        ["init"],
        [
            ("Access URL", stack.cloud.origin),
            ("Number of the account", "1"),
            ("(not shown)", TOKEN),
            ("Number, new, or Enter", str(second)),
        ],
    )

    assert code == 0, shown
    assert "analytics: which job is production_job? 2 jobs fit" in shown
    assert TOKEN not in shown
    config = stack_file(stack)["config"]
    assert config["dbtcloud:accountId"] in ("1", 1)
    assert config["dbtcloud:hostUrl"] == stack.cloud.origin
    assert list(config["dbtcloud:token"]) == ["secure"]
    assert projects(stack)["analytics"]["production_job"]["adopt_job_id"] == second
    assert "3 to import" in stack.preview().one_line


def test_a_question_may_be_left_open(stack, account, legacy):
    account.job("Second nightly", **NIGHTLY)

    code, shown = terminal.run(stack, ["init"], [("Number, new, or Enter", "")])

    assert code == 1, shown
    assert projects(stack) is None
