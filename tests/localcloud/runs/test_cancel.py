"""Cancelled runs and runs that take too long: their processes really end."""

import pytest

from localcloud.runs import subprocess_runner
from tests.localcloud.runs.operator import FIRST_COMMAND, log, names


@pytest.fixture(autouse=True)
def little_grace(monkeypatch):
    """A command that does not end when asked is killed soon."""
    monkeypatch.setattr(subprocess_runner, "_GRACE_SECONDS", 0.5)


def cancel(operator, run):
    return operator.post(f"{operator.v2}/runs/{run['id']}/cancel/")


def test_a_queued_run_that_is_cancelled_never_begins(operator, repository, barrier):
    job = operator.deploy_job()
    first = operator.run(job["id"], steps_override=[f"dbt ls --hold {barrier}"])
    queued = operator.run(job["id"], steps_override=["dbt ls"])
    barrier.reached()

    cancelled, again = cancel(operator, queued), cancel(operator, queued)
    barrier.open()
    operator.succeeded(first)
    operator.succeeded(operator.run(job["id"], steps_override=["dbt ls"]))
    found = operator.read(queued)

    assert (cancelled["status"], cancelled["status_message"]) == (30, "Cancelled by user.")
    assert (found["is_cancelled"], found["started_at"], found["run_steps"]) == (True, None, [])
    assert again["finished_at"] == cancelled["finished_at"]
    assert cancel(operator, first)["status_humanized"] == "Success"


@pytest.mark.parametrize("options", ["", "--deaf", "--child", "--child --deaf"])
def test_the_processes_of_a_cancelled_run_end(operator, repository, barrier, options):
    run = operator.run(operator.deploy_job(f"dbt run --hold {barrier} {options}")["id"])
    barrier.reached()

    cancelled = cancel(operator, run)

    assert (cancelled["is_cancelled"], cancelled["is_complete"]) == (True, True)
    assert barrier.left()


def test_a_cancelled_run_keeps_its_log_and_what_was_written(operator, repository, barrier):
    run = operator.run(operator.deploy_job(f"dbt run --hold {barrier}", "dbt test")["id"])
    barrier.reached()

    cancel(operator, run)
    operator.until(lambda: "Stopped" in log(operator.read(run)))
    found = operator.read(run)

    assert log(found) == f"fake dbt: run --hold {barrier}\nStopped: cancelled\n"
    assert found["run_steps"][-1]["status_humanized"] == "Cancelled"
    assert len(found["run_steps"]) == FIRST_COMMAND
    operator.until(lambda: operator.get(f"{operator.v2}/runs/{run['id']}/artifacts/"))
    assert operator.seen(run)["arguments"][0] == "run"


def test_the_next_run_of_the_job_begins_once_the_cancelled_ones_process_has_ended(
    operator, repository, barriers
):
    deaf_barrier, next_barrier = barriers(), barriers()
    job = operator.deploy_job()
    deaf = operator.run(job["id"], steps_override=[f"dbt ls --hold {deaf_barrier} --deaf"])
    deaf_barrier.reached()
    operator.run(job["id"], steps_override=[f"dbt ls --hold {next_barrier}"])

    cancel(operator, deaf)
    next_barrier.reached()

    assert deaf_barrier.left(seconds=0)


def test_a_run_that_waits_for_a_warehouse_can_be_cancelled(operator, repository, barrier):
    operator.run(operator.deploy_job(f"dbt run --hold {barrier}")["id"])
    barrier.reached()
    job = operator.deploy_job("dbt run")
    waiting = operator.run(job["id"])
    operator.until(
        lambda: "Waiting" in "".join(s["logs"] for s in operator.read(waiting)["run_steps"])
    )

    cancel(operator, waiting)
    after = operator.run(job["id"], steps_override=["dbt ls"])

    # It would not begin while the cancelled run of its job still waited.
    operator.succeeded(after)


def test_a_run_is_cancelled_when_it_takes_longer_than_its_job_lets_it(
    operator, repository, barrier
):
    job = operator.deploy_job(
        f"dbt run --hold {barrier}", "dbt test", execution={"timeout_seconds": 1}
    )

    run = operator.ended(operator.run(job["id"]))

    assert run["is_cancelled"]
    assert run["status_message"] == "Cancelled: the run took longer than its timeout of 1 s."
    assert names(run)[-1] == f"Invoke dbt with `dbt run --hold {barrier}`"


def test_a_run_may_have_another_timeout_than_its_job(operator, repository, barriers):
    longer, shorter = barriers(), barriers()
    patient = operator.deploy_job(f"dbt ls --hold {longer}", execution={"timeout_seconds": 1})
    hasty = operator.deploy_job(f"dbt ls --hold {shorter}", execution={"timeout_seconds": 600})
    long = operator.run(patient["id"], timeout_seconds_override=600)
    short = operator.run(hasty["id"], timeout_seconds_override=1)

    cancelled = operator.ended(short)
    longer.reached()
    longer.open()

    assert cancelled["is_cancelled"]
    operator.succeeded(long)
