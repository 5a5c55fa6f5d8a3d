"""Cron expressions and steps: what passes, what does not, and the message."""

import pytest
from pulumi_dbtcloud_datafold.jobs.dbt_command import DbtCommand
from pulumi_dbtcloud_datafold.jobs.schedule import CronExpression
from pydantic import TypeAdapter, ValidationError


def problem_of(kind, value):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    return refused.value.errors()[0]["msg"]


@pytest.mark.parametrize("cron", ["0 6 * * *", "*/15 * * * *", "15 4 1,15 * 1-5", "0 0 29 2 *"])
def test_a_cron_expression_that_dbt_cloud_can_run_passes(cron):
    assert TypeAdapter(CronExpression).validate_python(cron) == cron


@pytest.mark.parametrize(
    ("cron", "problem"),
    [
        ("0 6 * *", "a cron expression has 5 fields, this one has 4"),
        ("0 0 6 * * *", "a cron expression has 5 fields, this one has 6"),
        ("0 25 * * *", "'0 25 * * *': Bad hour"),
        ("60 * * * *", "'60 * * * *': Bad minute"),
        ("0 0 31 2 *", "'0 0 31 2 *': there is no such day, so the job never runs"),
        ("0 0 31 2,4,6 *", "'0 0 31 2,4,6 *': there is no such day, so the job never runs"),
        (
            "0\u00a06 * * *",
            "a cron expression has letters and digits of ASCII and plain spaces only",
        ),
        ("@daily", "a cron expression has 5 fields, this one has 1"),
        ("0 6 * * 1\n", "this cron expression begins or ends with a space or a line break"),
    ],
)
def test_a_cron_expression_that_cannot_run_is_explained(cron, problem):
    assert problem_of(CronExpression, cron) == problem


@pytest.mark.parametrize(
    "step",
    [
        "dbt build",
        "dbt build --select state:modified+ --vars '{\"a\": 1}'",
        "dbt --log-level info build",
        "dbt source freshness",
        "dbt sl validate --select state:modified+",
        "dbt compare",
        "dbt build --select 'tag:a;' --exclude 'b & c' --vars ''",
        "dbt run-operation grant_select --args '{role: reporter}'",
    ],
)
def test_a_dbt_command_passes(step):
    assert TypeAdapter(DbtCommand).validate_python(step) == step


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("", "a step is one dbt command"),
        ("build", "a step is one dbt command"),
        ("dbt", "no dbt command is named"),
        ("dbt biuld", "dbt has no command 'biuld'"),
        ("dbt seed && dbt build", "dbt Cloud runs a step without a shell"),
        ("dbt seed;dbt build", "dbt Cloud runs a step without a shell"),
        ("dbt build --vars '{a: 1}", "no closing quotation"),
    ],
)
def test_a_step_that_is_no_dbt_command_is_explained(step, problem):
    assert problem_of(DbtCommand, step) == problem
