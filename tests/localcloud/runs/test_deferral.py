"""What a run defers to: an earlier run's manifest."""

from tests.localcloud.contract.client import CI, PRODUCTION
from tests.localcloud.runs.operator import log


def deferring(operator, **to):
    """A run of a new job that defers, once it has ended."""
    job = operator.deploy_job("dbt build", "dbt test", environment_id=CI, **to)
    return operator.ended(operator.run(job["id"]))


def deferred_to(operator, run, step=4):
    """The arguments of the command whose manifest that run's command was given."""
    seen = operator.seen(run, step)
    assert seen["environment"]["DBT_DEFER"] == "true"
    return seen["state"]["manifest.json"]["arguments"]


def test_the_newest_successful_run_of_any_job_of_the_environment_counts(operator, repository):
    operator.do("dbt build --older")
    newest = operator.do("dbt build --newest")
    elsewhere = operator.deploy_job("dbt build --elsewhere", environment_id=CI)
    operator.succeeded(operator.run(elsewhere["id"]))

    run = deferring(operator, deferring_environment_id=PRODUCTION)

    assert run["deferring_run_id"] == newest["id"]
    assert f"Deferring to run {newest['id']}, of environment 101 (Production)\n" in log(run, 4)
    assert deferred_to(operator, run) == ["build", "--newest"]
    assert deferred_to(operator, run, step=5) == ["build", "--newest"]


def test_failed_runs_and_runs_without_a_manifest_are_passed_over(operator, repository):
    good = operator.do("dbt build --good")
    operator.do("dbt run --bare")
    operator.ended(operator.run(operator.deploy_job("dbt build --fail")["id"]))

    run = deferring(operator, deferring_environment_id=PRODUCTION)

    assert run["deferring_run_id"] == good["id"]
    assert deferred_to(operator, run) == ["build", "--good"]


def test_without_anything_to_defer_to_the_run_fails_and_says_what_to_do(operator, repository):
    run = deferring(operator, deferring_environment_id=PRODUCTION)

    assert run["is_error"]
    assert log(run) == (
        "Nothing to defer to: no run of environment 101 (Production) has succeeded and left a "
        "manifest.json yet. Let one of its jobs run to success (dbt parse is enough), then start "
        "this run again.\n"
    )
    assert len(run["run_steps"]) == 4


def test_a_job_may_defer_to_one_job_the_older_way(operator, repository):
    parent = operator.deploy_job("dbt build --parent")
    first = operator.succeeded(operator.run(parent["id"]))
    operator.do("dbt build --newer")

    run = deferring(operator, deferring_job_definition_id=parent["id"])

    assert run["deferring_run_id"] == first["id"]
    assert f"Deferring to run {first['id']}, of job {parent['id']}\n" in log(run, 4)
    assert deferred_to(operator, run) == ["build", "--parent"]


def test_a_job_that_has_not_succeeded_yet_cannot_be_deferred_to(operator, repository):
    parent = operator.deploy_job("dbt build --fail")
    operator.ended(operator.run(parent["id"]))

    run = deferring(operator, deferring_job_definition_id=parent["id"])

    assert f"no run of job {parent['id']} has succeeded" in log(run)


def test_a_job_that_does_not_defer_is_given_no_state(operator, repository):
    operator.do("dbt build")

    run = operator.do("dbt build")

    assert operator.seen(run)["state"] is None
    assert "DBT_DEFER" not in operator.seen(run)["environment"]


def test_a_retry_defers_as_well_and_keeps_both_apart(operator, repository):
    parent = operator.do("dbt build --parent")
    job = operator.deploy_job("dbt build --fail", deferring_environment_id=PRODUCTION)
    failed = operator.ended(operator.run(job["id"]))

    again = operator.ended(operator.post(f"{operator.v2}/runs/{failed['id']}/retry/"))

    seen = operator.seen(again)
    assert again["deferring_run_id"] == parent["id"]
    assert seen["defer_state"]["manifest.json"]["arguments"] == ["build", "--parent"]
    assert seen["state"]["run_results.json"]["arguments"] == ["build", "--fail"]
