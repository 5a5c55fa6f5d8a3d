"""A hand-made job as inputs of the provider, which takes one kind of schedule."""

import pytest
from pulumi_dbtcloud_datafold.cli import job_properties

EVERY_WAY = {"scheduleCron": "0 6 * * *", "scheduleHours": [2], "scheduleInterval": 12}


def job(date, time):
    return {
        "id": 1,
        "project_id": 10,
        "environment_id": 101,
        "name": "Nightly",
        "schedule": {"date": date, "time": time},
    }


@pytest.mark.parametrize("declared", [{}, *({key: EVERY_WAY[key]} for key in EVERY_WAY)])
@pytest.mark.parametrize(
    ("date", "time", "way"),
    [
        ({"type": "every_day"}, {"type": "at_exact_hours", "hours": [2]}, "scheduleHours"),
        ({"type": "every_day"}, {"type": "every_hour", "interval": 3}, "scheduleInterval"),
        (
            {"type": "days_of_week", "days": [1]},
            {"type": "at_exact_hours", "hours": [2]},
            "scheduleHours",
        ),
        ({"type": "custom_cron", "cron": "0 6 * * *"}, {"type": "every_hour"}, "scheduleCron"),
        (
            {"type": "interval_cron", "cron": "4 */6 * * 1"},
            {"type": "every_hour", "interval": 6},
            "scheduleInterval",
        ),
    ],
)
def test_inputs_have_only_the_schedule_that_the_job_has(date, time, way, declared):
    found = job_properties.properties(job(date, time), declared)

    inputs = job_properties.inputs(found, declared)

    assert inputs.keys() & EVERY_WAY.keys() <= {way}
    if way in declared or way != "scheduleInterval":
        assert inputs[way] == found[way]
