"""Which runs go on side by side, and which wait for others."""

import pytest

from localcloud.runs.dbt_executor import RUN_SLOTS
from tests.localcloud.contract.client import CI
from tests.localcloud.runs.operator import Operator, log


def held(barrier):
    """A command that waits at a barrier, without a warehouse, which only one command at a time has."""
    return f"dbt ls --hold {barrier}"


@pytest.mark.parametrize("kind", [Operator.deploy_job, Operator.merge_job])
def test_a_job_runs_once_at_a_time_in_the_order_of_starting(operator, repository, barriers, kind):
    first_barrier, second_barrier = barriers(), barriers()
    job = kind(operator)
    first = operator.run(job["id"], steps_override=[held(first_barrier)])
    second = operator.run(job["id"], steps_override=[held(second_barrier)])
    third = operator.run(job["id"], steps_override=["dbt ls"])

    first_barrier.reached()
    waiting = [operator.read(run)["status_humanized"] for run in (first, second, third)]
    first_barrier.open()
    second_barrier.reached()
    moved_up = [operator.read(run)["status_humanized"] for run in (first, second, third)]
    recent = "most_recent_run", "most_recent_completed_run"
    shown = operator.get(f"{operator.v2}/jobs/{job['id']}/?include_related={','.join(recent)}")
    second_barrier.open()
    last = operator.succeeded(third)

    assert waiting == ["Running", "Queued", "Queued"]
    assert moved_up == ["Success", "Running", "Queued"]
    assert [shown[name]["id"] for name in recent] == [third["id"], first["id"]]
    assert operator.read(second)["finished_at"] <= last["started_at"]


def test_a_newer_commit_cancels_the_stale_run_of_its_pull_request_only(
    operator, repository, barriers
):
    stale_barrier, other_barrier = barriers(), barriers()
    repository.commit("feature.sql", branch="feature")
    operator.set_variable("DBT_X", project="x")
    job = operator.ci_job(held(stale_barrier))
    stale = operator.event("opened", number=1, branch="feature")["started"][0]["run_id"]
    stale_barrier.reached()
    other = operator.run(
        job["id"],
        github_pull_request_id=2,
        git_branch="main",
        steps_override=[held(other_barrier)],
    )
    other_barrier.reached()
    sha = repository.commit("more.sql", branch="feature")

    outcome = operator.event("updated", number=1, branch="feature")
    cancelled = operator.read({"id": stale})

    assert outcome["cancelled_runs"] == [stale]
    assert cancelled["is_cancelled"]
    assert cancelled["status_message"] == "Cancelled: a newer commit has made this run stale."
    assert stale_barrier.left()
    assert operator.read(other)["is_running"]
    newer = operator.read({"id": outcome["started"][0]["run_id"]})
    assert (newer["is_complete"], newer["trigger"]["git_sha"]) == (False, sha)


def test_a_newer_run_by_the_api_cancels_the_stale_one(operator, repository, barrier):
    job = operator.ci_job(held(barrier))
    of_request = {"github_pull_request_id": 1, "git_branch": "main"}
    stale = operator.run(job["id"], **of_request)
    barrier.reached()

    operator.run(job["id"], **of_request, steps_override=["dbt ls"])

    assert operator.read(stale)["is_cancelled"]
    assert barrier.left()


def test_only_so_many_runs_go_on_at_once(operator, repository, barriers):
    opened = [barriers() for _ in range(RUN_SLOTS)]
    for barrier in opened:
        operator.run(operator.deploy_job(held(barrier))["id"])
    for barrier in opened:
        barrier.reached()
    one_more = operator.run(operator.deploy_job("dbt ls")["id"])

    waiting = operator.read(one_more)["status_humanized"]
    opened[0].open()

    assert waiting == "Queued"
    operator.succeeded(one_more)


def test_commands_that_need_the_same_warehouse_take_turns(operator, repository, barrier):
    operator.run(operator.deploy_job(f"dbt run --hold {barrier}")["id"])
    barrier.reached()
    second = operator.run(operator.deploy_job("dbt run", environment_id=CI)["id"])

    def look():
        found = operator.read(second)
        return found if found["run_steps"] and "Waiting" in log(found) else None

    waiting = operator.until(look)
    # A command without a connection does not wait.
    operator.do("dbt --quiet ls")
    barrier.open()

    assert log(waiting) == "Waiting: DuckDB lets one process at a time use a file\n"
    operator.succeeded(second)
