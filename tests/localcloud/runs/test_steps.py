"""The steps of a run, in order, up to the first failure; what each leaves."""

import pytest

from tests.localcloud.runs.operator import FIRST_COMMAND, log, names


def test_steps_are_done_in_the_jobs_order(operator, repository):
    job = operator.deploy_job("dbt seed", "dbt run --select a")

    run = operator.succeeded(operator.run(job["id"]))

    assert names(run) == [
        "Clone git repository",
        "Create profile from connection DuckDB",
        "Invoke dbt with `dbt deps`",
        "Invoke dbt with `dbt seed`",
        "Invoke dbt with `dbt run --select a`",
    ]
    begun = [step["started_at"] for step in run["run_steps"]]
    assert begun == sorted(begun)
    assert log(run) == "fake dbt: run --select a\n"
    assert {step["status_humanized"] for step in run["run_steps"]} == {"Success"}


def test_a_run_stops_at_the_first_step_that_fails(operator, repository, cloud_with_fake_dbt):
    job = operator.deploy_job("dbt seed", "dbt run --fail", "dbt test", generate_docs=True)

    run = operator.ended(operator.run(job["id"]))
    stored = cloud_with_fake_dbt.control.resources()["run"][0]["run_steps"]

    assert (run["is_error"], run["status_humanized"]) == (True, "Error")
    assert run["status_message"] == "Invoke dbt with `dbt run --fail` failed."
    assert names(run)[-1] == "Invoke dbt with `dbt run --fail`"
    assert log(run) == "fake dbt: run --fail\ndbt ended with exit code 1\n"
    for step in (None, FIRST_COMMAND + 1):
        assert operator.seen(run, step)["arguments"] == ["run", "--fail"]
    # The API shows only steps that have begun; the others are marked as cancelled.
    assert [step["status"] for step in stored] == [10, 10, 10, 10, 20, 30, 30]
    assert [step["started_at"] for step in stored[-2:]] == [None, None]


def test_neither_source_freshness_nor_docs_end_a_run_by_failing(operator, repository):
    operator.set_variable("DBT_FAKE_FAILS", project="source,docs")
    job = operator.deploy_job("dbt run", run_generate_sources=True, generate_docs=True)

    run = operator.succeeded(operator.run(job["id"]))

    assert names(run)[3:] == [
        "Invoke dbt with `dbt source freshness`",
        "Invoke dbt with `dbt run`",
        "Invoke dbt with `dbt docs generate`",
    ]
    assert [step["status_humanized"] for step in run["run_steps"][3:]] == [
        "Error",
        "Success",
        "Error",
    ]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("rm -rf /", "'rm -rf /' is not a command of dbt: it begins with another word"),
        ("dbt run --vars '{", '"dbt run --vars \'{" is not a command: No closing quotation'),
    ],
)
def test_what_is_no_command_of_dbt_is_not_executed(operator, repository, command, reason):
    run = operator.ended(operator.run(operator.deploy_job(command)["id"]))

    assert run["status_message"] == f"Invoke dbt with `{command}` failed."
    assert log(run) == f"{reason}\n"


def test_a_command_is_split_as_a_shell_would_but_no_shell_reads_it(operator, repository):
    run = operator.do("""dbt run --vars '{"a": "b c"}' --select "x y" $HOME; true""")

    assert operator.seen(run)["arguments"] == [
        *("run", "--vars", '{"a": "b c"}'),
        *("--select", "x y", "$HOME;", "true"),
    ]


@pytest.mark.parametrize("file", ["packages.yml", "dependencies.yml"])
def test_packages_are_installed_where_the_project_names_some(operator, repository, file):
    before = operator.do("dbt run")
    repository.commit(file)

    after = operator.do("dbt run")

    assert log(before, 3) == (
        "Nothing to install: there is no packages.yml and no dependencies.yml\n"
    )
    assert log(after, 3) == "fake dbt: deps\n"


def test_a_step_keeps_its_own_artifacts_and_the_run_those_of_the_last(operator, repository):
    job = operator.deploy_job("dbt run --select a", "dbt run --select b", generate_docs=True)
    run = operator.succeeded(operator.run(job["id"]))
    path = f"{operator.v2}/runs/{run['id']}/artifacts/"

    first = operator.artifact(run, "manifest.json", FIRST_COMMAND)
    second = operator.artifact(run, "manifest.json", FIRST_COMMAND + 1)
    last = operator.artifact(run, "manifest.json")

    assert first["arguments"] == ["run", "--select", "a"]
    assert second["arguments"] == ["run", "--select", "b"]
    assert last["arguments"] == ["docs", "generate"]
    assert operator.get(path) == ["catalog.json", "manifest.json", "run_results.json"]
    assert operator.get(f"{path}?step=4") == ["manifest.json", "run_results.json"]
    operator.get(f"{path}catalog.json?step=4", status=404)
    assert (run["artifacts_saved"], run["has_docs_generated"]) == (True, True)


def test_the_results_of_one_step_are_not_taken_for_the_next_ones(operator, repository):
    run = operator.do("dbt run", "dbt ls")

    assert operator.artifact(run, "manifest.json")["arguments"] == ["ls"]
    assert operator.seen(run, FIRST_COMMAND)["arguments"] == ["run"]
    operator.get(f"{operator.v2}/runs/{run['id']}/artifacts/run_results.json", status=404)


def test_the_artifacts_of_a_job_are_those_of_its_newest_successful_run(operator, repository):
    job = operator.deploy_job("dbt run")
    good = operator.succeeded(operator.run(job["id"]))
    operator.ended(operator.run(job["id"], steps_override=["dbt run --fail"]))

    path = f"{operator.v2}/jobs/{job['id']}/artifacts/manifest.json"
    found = operator.http.get(path).json()

    assert found["arguments"] == ["run"]
    assert found["environment"]["DBT_CLOUD_RUN_ID"] == str(good["id"])


def test_a_step_shows_its_log_while_it_goes_on(operator, repository, barrier):
    run = operator.run(operator.deploy_job(f"dbt run --hold {barrier}")["id"])
    barrier.reached()

    def look():
        found = operator.read(run)
        return found if len(found["run_steps"]) == FIRST_COMMAND and log(found) else None

    going_on = operator.until(look)
    barrier.open()
    ended = operator.succeeded(run)

    assert going_on["run_steps"][-1]["status_humanized"] == "Running"
    assert log(going_on) == f"fake dbt: run --hold {barrier}\n"
    assert ended["run_steps"][-1]["finished_at"] is not None


def test_nothing_of_a_run_stays_behind_where_it_worked(operator, repository, data):
    operator.do("dbt run")

    operator.until(lambda: not [*(data / "work").iterdir()])
