"""Cron expressions that dbt Cloud can run, and those that it cannot."""

import pytest
from pulumi_dbtcloud_datafold.jobs.schedule import Schedule
from pulumi_dbtcloud_datafold.settings.problems import problems_from
from pydantic import ValidationError


@pytest.mark.parametrize("cron", ["0 6 * * *", "*/15 * * * *", "15 4 1,15 * 1-5", "0 0 29 2 *"])
def test_a_cron_expression_that_dbt_cloud_can_run_passes(cron):
    assert Schedule(cron=cron).cron == cron


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
    with pytest.raises(ValidationError) as refused:
        Schedule(cron=cron)

    [found] = problems_from(refused.value, Schedule)
    assert (found.path, found.problem) == ("cron", problem)
