"""A failed run is taken up at its point of failure."""

from tests.localcloud.runs.operator import FIRST_COMMAND, log, names


def failed(operator, *commands, **overrides):
    run = operator.ended(operator.run(operator.deploy_job(*commands)["id"], **overrides))
    assert run["is_error"]
    return run


def retried(operator, run):
    return operator.ended(operator.post(f"{operator.v2}/runs/{run['id']}/retry/"))


def test_the_failed_command_is_retried_with_its_results_and_the_later_ones_are_done(
    operator, repository
):
    run = failed(operator, "dbt seed", "dbt build --fail", "dbt test", "dbt docs generate")

    again = retried(operator, run)

    assert again["is_success"]
    assert names(again)[3:] == [
        *("Invoke dbt with `dbt retry`", "Invoke dbt with `dbt test`"),
        "Invoke dbt with `dbt docs generate`",
    ]
    assert again["retrying_run_id"] == run["id"]
    given = operator.seen(again, FIRST_COMMAND)["state"]
    assert given["run_results.json"]["arguments"] == ["build", "--fail"]
    assert given["manifest.json"]["arguments"] == ["build", "--fail"]


def test_a_retry_is_of_the_same_commit_and_with_the_same_overrides(operator, repository):
    run = failed(operator, "dbt build --fail", threads_override=7, schema_override="tmp")
    repository.commit("newer.sql")

    again = retried(operator, run)

    assert again["git_sha"] == repository.first == run["git_sha"]
    assert (again["trigger"]["threads_override"], again["trigger"]["schema_override"]) == (7, "tmp")
    assert again["trigger"]["cause_category"] == "rerun"
    assert "threads: 7" in operator.seen(again)["profile"]


def test_a_retry_that_fails_can_be_retried(operator, repository):
    operator.set_variable("DBT_FAKE_FAILS", project="retry")
    first = failed(operator, "dbt build --fail")
    second = retried(operator, first)

    third = retried(operator, second)

    assert [second["is_error"], third["is_error"]] == [True, True]
    given = operator.seen(third, FIRST_COMMAND)["state"]
    assert given["run_results.json"]["arguments"] == ["retry"]


def test_a_command_behind_an_option_of_dbts_own_can_be_retried(operator, repository):
    run = failed(operator, "dbt --debug build --fail")

    assert (run["can_retry"], run["retry_not_supported_reason"]) == (True, None)


def test_only_a_jobs_newest_run_is_retried_and_what_dbt_can_take_up(operator, repository):
    older = failed(operator, "dbt build --fail")
    runs = {
        "RETRY_UNSUPPORTED_CMD": failed(operator, "dbt ls --fail"),
        "RETRY_NO_RUN_RESULTS": failed(operator, "dbt run", git_sha="1234567"),
        "RETRY_NOT_FAILED_RUN": operator.run(older["job_id"]),
        "RETRY_NOT_LATEST_RUN": older,
    }

    for reason, run in runs.items():
        problems = operator.post(f"{operator.v2}/runs/{run['id']}/retry/", status=400)
        assert problems == {"retry_not_supported_reason": reason}


def test_a_rerun_takes_up_a_failed_run_and_otherwise_begins_anew(operator, repository):
    run = failed(operator, "dbt seed", "dbt build --fail")
    path = f"{operator.v2}/jobs/{run['job_id']}/rerun/"

    taken_up = operator.ended(operator.post(path))
    anew = operator.ended(operator.post(path))

    assert names(taken_up)[3:] == ["Invoke dbt with `dbt retry`"]
    assert names(anew)[3:] == [
        "Invoke dbt with `dbt seed`",
        "Invoke dbt with `dbt build --fail`",
    ]


def test_a_retry_fails_where_the_results_are_gone(operator, repository, data):
    run = failed(operator, "dbt build --fail", "dbt test")
    (data / "artifacts" / str(run["id"]) / "step_4" / "manifest.json").unlink()

    again = retried(operator, run)

    assert f"run {run['id']} has left no manifest.json to retry from" in log(again)
