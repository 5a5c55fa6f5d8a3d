"""The command itself: its help, its progress, and how it fails."""

import json

import pytest

from tests.components.cli import command
from tests.infra.engine.deployment import ANALYTICS

READERS = ("adopt", "check", "pipeline", "sheet", "show")
"""The commands that read the stack."""
COMMANDS = ["adopt", "check", "init", "pipeline", "recover", "review", "sheet", "show", "workflows"]


def test_help_lists_each_command_and_each_exit_code_on_a_line_of_its_own(stack):
    listed = command.run(stack, "--help").stdout
    adopt, check = (command.run(stack, name, "--help").stdout for name in ("adopt", "check"))

    assert [name for name in COMMANDS if f"\n  {name} " in listed] == COMMANDS
    for code in (
        "    0  all is well",
        "    1  something was found (--fail-on)",
        "    2  an error: nothing is known",
    ):
        assert code in check.splitlines()
    for code in (
        "    1  something is left for you to decide; the file has the rest",
        "    2  an error",
    ):
        assert code in adopt.splitlines()


def test_a_locked_stack_is_read_and_slow_work_is_reported_beside_the_result(stack):
    stack.configure(projects={"analytics": ANALYTICS})
    lock = stack.folder / "state/.pulumi/locks/organization/dbtcloud-datafold/dev/a.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    holder = {"pid": 1, "username": "ann", "hostname": "elsewhere"}
    held = json.dumps({**holder, "timestamp": "2026-01-01T00:00:00Z"})
    lock.write_text(held)
    assert "the stack is currently locked" in stack.up(fails=True).one_line

    adopt = command.run(stack, "adopt", "--json")
    lock.unlink()
    stack.up()
    lock.write_text(held)
    check = command.run(stack, "check", "--json", code=1)

    assert len(json.loads(adopt.stdout)["resources"]) == 4
    assert "previewing the stack, to see what it declares ...\n" in adopt.stderr
    assert "looking in dbt Cloud for 4 that the stack does not have ...\n" in adopt.stderr
    message = json.loads(check.stdout)
    assert message["checked"]["jobs"] == 3
    # No job of a new stack has run.
    found = {finding["check"]: finding["problem"] for finding in message["findings"]}
    assert found.keys() == {"nothing-to-defer-to", "no-artifacts"}
    assert "in which no run has ever been successful" in found["nothing-to-defer-to"]
    assert "none of its runs has been successful" in found["no-artifacts"]
    assert f"asking dbt Cloud at {stack.cloud.origin} about 3 jobs" in check.stderr


@pytest.mark.parametrize("name", READERS)
def test_outside_a_project_and_without_the_stack_the_error_names_the_fix(stack, tmp_path, name):
    stack.extra_env["PULUMI_STACK"] = None
    outside = command.run(stack, name, "--cwd", str(tmp_path), code=2)
    no_stack = command.run(stack, name, "--stack", "prod", code=2)
    not_selected = command.run(stack, name, code=2)

    assert "no Pulumi.yaml project file found" in outside.stderr
    assert "or name that with --cwd" in outside.stderr
    assert "no stack named 'prod' found\n  `pulumi stack ls` lists" in no_stack.stderr
    assert "please use `pulumi stack select`" in not_selected.stderr


def test_without_an_option_it_is_the_selected_stack(bring_up):
    stack = bring_up(projects={"analytics": ANALYTICS})
    stack.extra_env["PULUMI_STACK"] = None
    stack.pulumi("stack", "select", "dev")

    assert "Job that builds pull requests" in command.run(stack, "sheet").stdout


def test_a_wrong_passphrase_is_reported_with_the_variable_to_set(stack):
    stack.pulumi("stack", "change-secrets-provider", "passphrase")
    stack.pulumi("config", "set", "--secret", "dbtcloud:token", "a-made-up-token")
    stack.extra_env["PULUMI_CONFIG_PASSPHRASE"] = "wrong"

    refused = command.run(stack, "adopt", code=2)

    assert "incorrect passphrase" in refused.stderr
    assert "set PULUMI_CONFIG_PASSPHRASE" in refused.stderr


def test_a_pipeline_is_written_where_it_can_be_and_the_source_of_its_token_is_named(stack):
    merge_job = {"trigger": "pipeline", "pipeline": {"token": None}}
    stack.configure(projects={"analytics": {**ANALYTICS, "merge_job": merge_job}})
    stack.up()
    (stack.folder / "taken").write_text("")

    refused = command.run(stack, "pipeline", "--output", "taken/repository", code=2)
    message = command.run(stack, "pipeline", "--output", "repository").stdout

    assert "error: taken/repository/.github/workflows: Not a directory" in refused.stderr
    number = stack.jobs()["10 Merge"]["id"]
    assert f"a service token that may run job {number}; the stack shows none" in message
    assert "pulumi stack output" not in message
