"""Scheduled jobs run when they are due, in UTC, once."""

from tests.localcloud.contract.client import triggers

NIGHT = "2031-05-05T01:59:30+00:00"
"""A Monday, half a minute before two."""


def scheduled(operator, cron="0 2 * * *", name="Scheduled", **changes):
    schedule = {"cron": cron, "date": {"type": "custom_cron", "cron": cron}}
    return operator.deploy_job(
        "dbt ls", name=name, schedule=schedule, triggers=triggers(schedule=True), **changes
    )


def test_a_job_runs_when_its_time_has_come_in_utc(operator, repository):
    operator.cloud.control.set_clock(NIGHT)
    due = scheduled(operator)
    later = scheduled(operator, "1 2 * * *")
    before = operator.runs_of(due)

    # Half past three in a zone that is ninety minutes ahead of UTC.
    operator.cloud.control.set_clock("2031-05-05T03:30:00+01:30")
    run = operator.succeeded(operator.some_run_of(due))

    assert before == []
    assert run["trigger"]["cause"] == run["trigger"]["cause_category"] == "scheduled"
    assert run["should_start_at"] == "2031-05-05 02:00:00+00:00"
    assert run["created_at"].startswith("2031-05-05 02:00:00")
    assert operator.runs_of(later) == []


def test_a_job_runs_once_however_often_the_minute_is_looked_at(operator, repository):
    operator.cloud.control.set_clock(NIGHT)
    job = scheduled(operator)
    following = scheduled(operator, "1 2 * * *", "Following")
    operator.cloud.control.set_clock("2031-05-05T02:00:00+00:00")
    operator.some_run_of(job)

    for _ in range(3):
        operator.cloud.control.advance_clock(15)
    operator.cloud.control.advance_clock(15)
    operator.some_run_of(following)

    assert len(operator.runs_of(job)) == 1


def test_what_was_due_several_times_since_runs_once(operator, repository):
    operator.cloud.control.set_clock(NIGHT)
    job = scheduled(operator, "*/10 * * * *")

    operator.cloud.control.set_clock("2031-05-05T06:05:00+00:00")
    run = operator.some_run_of(job)
    operator.succeeded(run)
    operator.cloud.control.set_clock("2031-05-05T06:10:00+00:00")
    runs = operator.until(lambda: len(found := operator.runs_of(job)) > 1 and found)

    assert [run["should_start_at"][:16] for run in runs] == ["2031-05-05 06:00", "2031-05-05 06:10"]


def test_deleted_and_deactivated_jobs_and_those_without_the_trigger_do_not_run(
    operator, repository
):
    operator.cloud.control.set_clock(NIGHT)
    names = ("gone", "off", "deactivated", "active")
    deleted, off, deactivated, active = (scheduled(operator, name=name) for name in names)
    operator.delete(f"{operator.v2}/jobs/{deleted['id']}/")
    operator.post(f"{operator.v2}/jobs/{off['id']}/", {**off, "triggers": triggers()})
    operator.cloud.control.set_deactivated(deactivated["id"])
    operator.cloud.control.set_clock("2031-05-05T02:00:00+00:00")

    # All that are due are started in one transaction.
    operator.some_run_of(active)
    assert [run for job in (deleted, off, deactivated) for run in operator.runs_of(job)] == []


def test_a_job_does_not_run_for_a_time_before_it_was_made(operator, repository):
    operator.cloud.control.set_clock("2031-05-05T02:00:30+00:00")
    job = scheduled(operator)
    other = scheduled(operator, "1 2 * * *", "Other")

    operator.cloud.control.set_clock("2031-05-05T02:01:00+00:00")
    operator.some_run_of(other)

    assert operator.runs_of(job) == []


def test_weekdays_differ_from_other_days(operator, repository):
    operator.cloud.control.set_clock(NIGHT)
    monday, tuesday = (scheduled(operator, f"0 2 * * {day}") for day in (1, 2))

    operator.cloud.control.set_clock("2031-05-05T02:00:00+00:00")
    operator.some_run_of(monday)

    assert operator.runs_of(tuesday) == []


def test_a_job_that_is_due_again_while_it_waits_waits_only_once(operator, repository, barrier):
    operator.cloud.control.set_clock(NIGHT)
    job = scheduled(operator, "0 * * * *")
    by_hand = operator.run(job["id"], steps_override=[f"dbt ls --hold {barrier}"])
    barrier.reached()
    queued_by_hand = operator.run(job["id"])
    for hour in (2, 3):
        operator.cloud.control.set_clock(f"2031-05-05T{hour:02}:00:00+00:00")
        operator.until(lambda count=hour: len(operator.runs_of(job)) == count + 1)

    overtaken, newest = operator.runs_of(job)[2:]
    barrier.open()
    operator.succeeded(newest)

    assert overtaken["is_cancelled"]
    assert overtaken["status_message"] == (
        "Cancelled: the job was due again before this run could begin."
    )
    # What people started stays.
    assert operator.read(queued_by_hand)["is_success"]
    operator.succeeded(by_hand)


def test_a_clock_that_goes_on_comes_to_the_time_by_itself(operator, repository):
    operator.cloud.control.set_clock("2031-05-05T01:59:59+00:00", frozen=False)
    job = scheduled(operator)

    run = operator.some_run_of(job)

    assert run["should_start_at"] == "2031-05-05 02:00:00+00:00"
