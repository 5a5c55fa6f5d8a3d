"""Which runs go on side by side, and which wait for others."""

from localcloud.runs.dbt_executor import RUN_SLOTS
from tests.localcloud.contract.client import CI
from tests.localcloud.runs.operator import log


def held(barrier):
    """A command that waits at a barrier, without a warehouse, which only one command at a time has."""
    return f"dbt ls --hold {barrier}"


def test_a_deploy_job_runs_once_at_a_time_in_the_order_of_starting(operator, repository, barriers):
    first_barrier, second_barrier = barriers(), barriers()
    job = operator.deploy_job()
    first = operator.run(job["id"], steps_override=[held(first_barrier)])
    second = operator.run(job["id"], steps_override=[held(second_barrier)])
    third = operator.run(job["id"], steps_override=["dbt ls"])

    first_barrier.reached()
    waiting = [operator.read(run)["status_humanized"] for run in (first, second, third)]
    first_barrier.open()
    second_barrier.reached()
    moved_up = [operator.read(run)["status_humanized"] for run in (first, second, third)]
    second_barrier.open()
    last = operator.succeeded(third)

    assert waiting == ["Running", "Queued", "Queued"]
    assert moved_up == ["Success", "Running", "Queued"]
    assert operator.read(second)["finished_at"] <= last["started_at"]


def test_a_failure_lets_the_next_run_of_the_job_begin(operator, repository):
    job = operator.deploy_job("dbt ls --fail")

    runs = [operator.run(job["id"]) for _ in range(2)]

    assert [operator.ended(run)["is_error"] for run in runs] == [True, True]


def test_a_merge_job_runs_once_at_a_time(operator, repository, barrier):
    job = operator.merge_job()
    first = operator.run(job["id"], steps_override=[held(barrier)])
    second = operator.run(job["id"], steps_override=["dbt ls"])

    barrier.reached()
    waiting = operator.read(second)
    barrier.open()

    assert waiting["status_humanized"] == "Queued"
    operator.succeeded(second)
    operator.succeeded(first)


def test_runs_of_different_jobs_go_on_side_by_side(operator, repository, barriers):
    both = barriers(), barriers()
    for barrier in both:
        operator.run(operator.deploy_job(held(barrier))["id"])

    for barrier in both:
        barrier.reached()

    assert all(barrier.is_reached() for barrier in both)


def test_ci_runs_of_different_pull_requests_go_on_side_by_side(operator, repository, barriers):
    both = barriers(), barriers()
    job = operator.ci_job()
    runs = [
        operator.run(
            job["id"],
            github_pull_request_id=number,
            git_branch="main",
            steps_override=[held(barrier)],
        )
        for number, barrier in enumerate(both, 1)
    ]

    for barrier in both:
        barrier.reached()
    going_on = [operator.read(run)["status_humanized"] for run in runs]

    assert going_on == ["Running", "Running"]


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
