import pytest

from tests.localcloud.contract.client import JOB, triggers

EVERY_DAY = {"type": "every_day"}


def on(*days):
    return {"type": "days_of_week", "days": [*days]}


def cron(kind, expression, **more):
    return {"type": f"{kind}_cron", "cron": expression, **more}


def every(hours):
    return {"type": "every_hour", "interval": hours}


def at(*hours):
    return {"type": "at_exact_hours", "hours": [*hours]}


EVERY_HOUR = every(1)


@pytest.mark.parametrize(
    ("date", "time", "expression", "answered"),
    [
        (EVERY_DAY, EVERY_HOUR, "0 * * * *", EVERY_DAY),
        (EVERY_DAY, every(4), "0 */4 * * *", EVERY_DAY),
        ({**EVERY_DAY, "cron": ""}, at(0, 4, 8), "0 0,4,8 * * *", EVERY_DAY),
        (on(1, 4), at(6), "0 6 * * 1,4", on(1, 4)),
        (on(1, 2, 3), every(4), "0 */4 * * 1,2,3", on(1, 2, 3)),
        (cron("custom", "15 4 * * 1-5"), EVERY_HOUR, "15 4 * * 1-5", {}),
        (cron("interval", "4 */6 * * 1,5"), every(6), "4 */6 * * 1,5", {"days": [1, 5]}),
        (cron("interval", "4 */2 * * *"), every(2), "4 */2 * * *", {"days": [*range(7)]}),
    ],
)
def test_the_cron_expression_is_computed_and_what_does_not_apply_is_absent(
    owner, date, time, expression, answered
):
    job = owner.job(schedule={"cron": "sent in vain", "date": date, "time": time})

    of_cron = date if date["type"].endswith("_cron") else {}
    assert job["schedule"] == {"cron": expression, "date": {**of_cron, **answered}, "time": time}
    assert owner.get(f"{owner.v2}/jobs/{job['id']}/")["schedule"] == job["schedule"]


@pytest.mark.parametrize(
    ("date", "time", "where"),
    [
        (EVERY_DAY, {"type": "every_hour"}, ("time", "interval")),
        (EVERY_DAY, every(0), ("time", "interval")),
        (EVERY_DAY, {"type": "at_exact_hours"}, ("time", "hours")),
        (EVERY_DAY, at(24), ("time", "hours")),
        ({"type": "days_of_week"}, EVERY_HOUR, ("date", "days")),
        ({"type": "days_of_week", "days": [7]}, EVERY_HOUR, ("date", "days")),
        ({"type": "custom_cron"}, EVERY_HOUR, ("date", "cron")),
        ({"type": "custom_cron", "cron": "0 25 * * *"}, EVERY_HOUR, ("date", "cron")),
        ({"type": "custom_cron", "cron": "0 6 * * * *"}, EVERY_HOUR, ("date", "cron")),
        ({"type": "fortnightly"}, EVERY_HOUR, ("date", "type")),
    ],
)
def test_a_schedule_that_breaks_a_rule_is_refused_by_its_place(owner, date, time, where):
    body = {**JOB, "schedule": {"cron": "", "date": date, "time": time}}

    problems = owner.post(f"{owner.v2}/jobs/", body, status=400)

    level, field = where
    assert list(problems) == ["schedule"]
    assert list(problems["schedule"]) == [level]
    assert list(problems["schedule"][level]) == [field]


def test_the_next_run_follows_the_clock_in_utc(owner, cloud):
    cloud.control.set_clock("2026-03-01T01:30:00+00:00")
    job = owner.job()
    path = f"{owner.v2}/jobs/{job['id']}/"

    cloud.control.advance_clock(3600)
    later = owner.get(path)

    assert job["next_run"] == "2026-03-01T02:00:00.000000+00:00"
    assert job["next_run_humanized"] == "30 minutes"
    assert job["cron_humanized"] == "At 02:00 every day"
    assert later["next_run"] == "2026-03-02T02:00:00.000000+00:00"
    assert later["next_run_humanized"] == "23 hours, 30 minutes"


def test_a_job_that_is_not_on_schedule_keeps_one_but_has_no_next_run(owner):
    job = owner.job(triggers=triggers())

    assert job["schedule"]["cron"] == "0 2 * * *"
    assert (job["next_run"], job["next_run_humanized"]) == (None, None)
