"""A server that is killed, stopped or reset while runs go on."""

from functools import partial

import pytest

from tests.localcloud.contract.test_jobs import COMPLETION, completion_of
from tests.localcloud.runs import server
from tests.localcloud.runs.operator import FIRST_COMMAND, log, names
from tests.localcloud.runs.repository import Repository


@pytest.fixture
def serving(tmp_path, fake_dbt_installation):
    """Return a function: a server process, and a client of it; killed at the end."""
    Repository.new(tmp_path / "repositories" / "example" / "analytics")
    return partial(server.serving, tmp_path, fake_dbt_installation.dbt)


@pytest.mark.parametrize("options", ["", "--deaf --child"])
def test_a_killed_server_leaves_no_process_and_the_next_ends_the_run_and_goes_on(
    tmp_path, serving, barrier, options
):
    with serving() as (process, operator):
        job = operator.deploy_job("dbt run", f"dbt run --hold {barrier} {options}", "dbt test")
        going_on = operator.run(job["id"])
        queued = operator.run(job["id"], steps_override=["dbt ls"])
        barrier.reached()

        process.kill()

        assert barrier.left()
    with serving() as (_, operator):
        failed = operator.read(going_on)
        after = operator.succeeded(queued)

    assert (failed["is_error"], failed["status_message"]) == (
        True,
        "The server ended while this run was under way: start it again.",
    )
    assert [step["status_humanized"] for step in failed["run_steps"]] == ["Success"] * 4 + ["Error"]
    assert len(failed["run_steps"]) == FIRST_COMMAND + 1
    assert names(after)[3:] == ["Invoke dbt with `dbt ls`"]
    assert not (tmp_path / "work" / str(going_on["id"])).exists()


def test_a_server_killed_while_a_process_is_asked_to_end_leaves_none(serving, barrier):
    with serving() as (process, operator):
        run = operator.run(operator.deploy_job(f"dbt run --hold {barrier} --deaf")["id"])
        barrier.reached()
        operator.post(f"{operator.v2}/runs/{run['id']}/cancel/")

        process.kill()

        # Sooner than the server would have killed it.
        assert barrier.left()


def test_a_stopped_server_ends_its_processes(serving, barrier):
    with serving() as (process, operator):
        run = operator.run(operator.deploy_job(f"dbt run --hold {barrier}")["id"])
        barrier.reached()

        process.stdin.close()

        assert barrier.left()
        assert process.wait(60) == 0
    with serving() as (_, operator):
        assert operator.read(run)["status_message"].startswith("The server ended while")


def test_jobs_that_wait_for_a_failure_run_after_the_crash(serving, barrier):
    with serving() as (process, operator):
        parent = operator.deploy_job(f"dbt run --hold {barrier}")
        follower = operator.deploy_job("dbt ls", **{COMPLETION: completion_of(parent["id"], 20)})
        operator.run(parent["id"])
        barrier.reached()
        process.kill()
    with serving() as (_, operator):
        operator.succeeded(operator.some_run_of(follower))


def test_a_reset_stops_runs_and_takes_all_they_left(
    operator, repository, cloud_with_fake_dbt, data, barrier
):
    job = operator.deploy_job()
    done = operator.succeeded(operator.run(job["id"], steps_override=["dbt run"]))
    operator.run(job["id"], steps_override=[f"dbt run --hold {barrier}"])
    operator.run(job["id"], steps_override=["dbt run"])
    barrier.reached()
    (data / "warehouses" / "project_10.duckdb").touch()

    cloud_with_fake_dbt.control.reset()

    # By then, not some time after.
    assert barrier.left(seconds=0)
    assert operator.get(f"{operator.v2}/runs/") == []
    assert not (data / "artifacts" / str(done["id"])).exists()
    assert not (data / "warehouses").exists()
    assert repository.path.exists()


def test_runs_after_a_reset_have_the_old_numbers_and_files_of_their_own(
    operator, repository, cloud_with_fake_dbt
):
    before = operator.do("dbt run --before", generate_docs_override=True)

    cloud_with_fake_dbt.control.reset()
    after = operator.do("dbt run --after")

    assert after["id"] == before["id"]
    assert operator.seen(after)["arguments"] == ["run", "--after"]
    operator.get(f"{operator.v2}/runs/{after['id']}/artifacts/catalog.json", status=404)
    assert log(after) == "fake dbt: run --after\n"
