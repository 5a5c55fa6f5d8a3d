"""Jobs that wait for the end of another job's runs."""

import pytest

from localcloud.runs.lifecycle import Status
from tests.localcloud.contract.client import OTHER_PRODUCTION, OTHER_PROJECT, triggers
from tests.localcloud.contract.test_jobs import COMPLETION, completion_of


def waiting_for(operator, parent, *statuses, name="Waiting", **changes):
    condition = {COMPLETION: completion_of(parent["id"], *statuses)}
    return operator.deploy_job("dbt ls", name=name, **condition, **changes)


@pytest.mark.parametrize(
    ("command", "starts"), [("dbt ls", ["on success"]), ("dbt ls --fail", ["on error"])]
)
def test_a_job_runs_when_the_other_has_ended_in_a_way_it_waits_for(
    operator, repository, command, starts
):
    parent = operator.deploy_job(command)
    jobs = [
        waiting_for(operator, parent, Status.SUCCESS, name="on success"),
        waiting_for(operator, parent, Status.ERROR, name="on error"),
        waiting_for(operator, parent, Status.SUCCESS, Status.ERROR, name="on both"),
    ]

    run = operator.run(parent["id"])
    follower = operator.succeeded(operator.some_run_of(jobs[2]))

    # All that wait for a run are started in the transaction of its end.
    assert [job["name"] for job in jobs[:2] if operator.runs_of(job)] == starts
    assert follower["trigger"]["cause_category"] == "job completion"
    assert follower["trigger"]["cause"] == f"Completion of run {run['id']} of job {parent['id']}"


def test_a_cancelled_run_starts_what_waits_for_that(operator, repository, barrier):
    parent = operator.deploy_job(f"dbt ls --hold {barrier}")
    jobs = [
        waiting_for(operator, parent, status)
        for status in (Status.SUCCESS, Status.ERROR, Status.CANCELLED)
    ]
    run = operator.run(parent["id"])
    barrier.reached()

    operator.post(f"{operator.v2}/runs/{run['id']}/cancel/")

    assert [len(operator.runs_of(job)) for job in jobs] == [0, 0, 1]


@pytest.mark.parametrize(
    "changes",
    [
        {"project_id": OTHER_PROJECT, "environment_id": OTHER_PRODUCTION},
        {"triggers": triggers(schedule=True)},
    ],
)
def test_a_job_of_another_project_or_with_a_schedule_may_wait(operator, repository, changes):
    parent = operator.deploy_job("dbt ls")
    job = waiting_for(operator, parent, Status.SUCCESS, **changes)

    operator.succeeded(operator.run(parent["id"]))

    assert len(operator.runs_of(job)) == 1


def test_a_deleted_or_deactivated_job_does_not_run(operator, repository):
    parent = operator.deploy_job("dbt ls")
    deleted, deactivated = (waiting_for(operator, parent, Status.SUCCESS) for _ in range(2))
    operator.delete(f"{operator.v2}/jobs/{deleted['id']}/")
    operator.cloud.control.set_deactivated(deactivated["id"])

    operator.succeeded(operator.run(parent["id"]))

    assert operator.runs_of(deleted) == operator.runs_of(deactivated) == []


def test_jobs_that_wait_for_each_other_do_not_run_for_ever(operator, repository):
    first = operator.deploy_job("dbt ls", name="first")
    second = waiting_for(operator, first, Status.SUCCESS, name="second")
    third = waiting_for(operator, second, Status.SUCCESS, name="third")
    condition = {COMPLETION: completion_of(third["id"], Status.SUCCESS)}
    operator.post(f"{operator.v2}/jobs/{first['id']}/", {**first, **condition})

    operator.run(first["id"])
    operator.succeeded(operator.some_run_of(third))

    # The end of a run and what it starts are stored together.
    assert [len(operator.runs_of(job)) for job in (first, second, third)] == [1, 1, 1]
