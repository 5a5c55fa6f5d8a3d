"""The stack file: what it may say, and how mistakes are reported."""

import pulumi
import pytest
from pulumi_dbtcloud_datafold import ConfigurationError

from tests.infra.unit.conftest import ANALYTICS, CONNECTION


def project(**changes):
    return {"projects": {"analytics": {**ANALYTICS, **changes}}}


def test_the_smallest_configuration_is_one_project(load):
    loaded = load(project())

    assert loaded.stack.projects["analytics"].environments.production.id == 101
    assert loaded.stack.service_token.name == "Datafold"
    assert loaded.connection.account_id == 1
    assert loaded.connection.access_url.origin == "https://cloud.getdbt.com"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("ab123.us1.dbt.com", "https://ab123.us1.dbt.com"),
        ("https://ab123.us1.dbt.com/", "https://ab123.us1.dbt.com"),
        ("https://ab123.us1.dbt.com/api", "https://ab123.us1.dbt.com"),
        ("https://emea.dbt.com/deploy/1/projects/2/jobs/3", "https://emea.dbt.com"),
        (f"https://{'a' * 63}.dbt.com:65535", f"https://{'a' * 63}.dbt.com:65535"),
        ("http://127.0.0.1:8765/api/", "http://127.0.0.1:8765"),
        ("http://[::1]:1", "http://[::1]:1"),
    ],
)
def test_the_host_may_be_written_in_any_usual_form(load, host, origin):
    access_url = load(project(), {**CONNECTION, "dbtcloud:hostUrl": host}).connection.access_url

    assert (access_url.origin, access_url.api) == (origin, f"{origin}/api")


@pytest.mark.parametrize("key", ["dbtcloud-datafod:protect", "dbtcloud_datafold:protect"])
def test_a_misspelled_name_before_the_colon_is_reported_with_the_nearest(load, problems_of, key):
    load(project(), {**CONNECTION, "github:owner": "example", "data:protect": "false"})

    message = problems_of(project(), {**CONNECTION, key: "false"})

    fix = "did you mean 'dbtcloud-datafold:protect'?"
    assert message == {key: ("the name before the colon is not known", fix)}


@pytest.mark.parametrize(
    ("problem", "addresses"),
    {
        "http would send the token unencrypted": ["http://ab123.us1.dbt.com"],
        "this is not the address of a dbt Cloud account": [
            *("ftp://ab123.us1.dbt.com", "https://[v1.x]", "https://[fe80::1%25eth0]"),
            *("https://999.999.999.999", f"https://{'a' * 64}.dbt.com", f"https://{'a.' * 130}com"),
        ],
        "an address must not carry a user name or password": [
            *("https://me:secret@ab123.us1.dbt.com", "https://ab123.us1.dbt.com\\@example.com"),
        ],
        "the port of this address is not a number from 1 to 65535": [
            f"https://ab123.us1.dbt.com:{port}" for port in ("port", "0", "99999", "80:90")
        ],
    }.items(),
)
def test_a_host_that_cannot_be_right_is_refused_without_echo(problems_of, problem, addresses):
    for address in addresses:
        problems = problems_of(project(), {**CONNECTION, "dbtcloud:hostUrl": address})

        assert problems["dbtcloud:hostUrl"][0] == problem
        assert "secret" not in str(problems)


def test_the_connection_may_come_from_the_environment(load, monkeypatch):
    monkeypatch.setenv("DBT_CLOUD_ACCOUNT_ID", "7")
    monkeypatch.setenv("DBT_CLOUD_HOST_URL", "http://localhost:9000/api")
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "a-made-up-token")

    connection = load(project(), {}).connection

    assert connection.account_id == 7
    assert connection.access_url.origin == "http://localhost:9000"


def test_a_missing_connection_is_reported_together_with_everything_else(problems_of):
    problems = problems_of(project(project_id=0), {})

    assert problems.keys() == {
        "dbtcloud:accountId",
        "dbtcloud:token",
        "projects.analytics.project_id",
    }


def test_the_report_names_the_file_the_path_the_problem_and_the_way_out(load):
    with pytest.raises(ConfigurationError) as refused:
        load(
            project(
                production_job={"schedule": {"cron": "0 6 * *"}, "execute_steps": ["dbt biuld"]}
            )
        )

    assert str(refused.value) == (
        "Pulumi.dev.yaml: 2 problems\n"
        "  projects.analytics.production_job.execute_steps[0]\n"
        "    problem: dbt has no command 'biuld'\n"
        "    fix:     did you mean 'dbt build'?\n"
        "  projects.analytics.production_job.schedule.cron\n"
        "    problem: a cron expression has 5 fields, this one has 4\n"
        "    fix:     write minute hour day month weekday, e.g. '0 6 * * 1-5' (06:00 UTC on weekdays)"
    )


INVISIBLE = "this name begins or ends with a space, which nobody sees in dbt Cloud"
NO_QUOTES = "write a whole number without quotes"


@pytest.mark.parametrize(
    ("blocks", "path", "problem", "fix"),
    [
        (
            {**project(), "service_tokn": {}},
            "dbtcloud-datafold:service_tokn",
            "this key is not known",
            "did you mean 'service_token'?",
        ),
        (
            project(enviroments={}),
            "projects.analytics.enviroments",
            "this key is not known",
            "did you mean 'environments'?",
        ),
        (
            project(production_job={"schedule": {"hour": [2]}}),
            "projects.analytics.production_job.schedule.hour",
            "this key is not known",
            "did you mean 'hours'?",
        ),
        (
            project(merge_job={"enabled": False}),
            "projects.analytics",
            "neither merge_job nor artifacts_job is there, so no job keeps the artifacts fresh",
            "add merge_job: {} (recommended; the braces mean all defaults), or artifacts_job: {} for an hourly dbt "
            "compile",
        ),
        (
            project(artifacts_job={}),
            "projects.analytics",
            "merge_job and artifacts_job are both there, but Datafold reads one job's artifacts",
            "remove artifacts_job: the merge job creates the artifacts; or keep both, and write which one Datafold "
            "reads, e.g. datafold_reads: artifacts_job",
        ),
        (
            project(artifacts_job={}, datafold_reads="merge_job", keep_previous=True),
            "projects.analytics",
            "keep_previous keeps whichever of merge_job and artifacts_job was removed, and both are there",
            "remove keep_previous, or the block of the job that Datafold no longer reads",
        ),
        (
            project(environments={"production": {"id": 101}, "pull_request": {"id": 101}}),
            "projects.analytics.environments",
            "pull requests would be built into production: both are the same environment",
            "give pull_request a deployment environment of its own, without deployment type production",
        ),
        (
            {"projects": {}},
            "projects",
            "there is nothing in it",
            "add at least one item",
        ),
        (
            {},
            "dbtcloud-datafold:projects",
            "this key is missing: the stack has no dbt project",
            "copy the block from Pulumi.dev.yaml into the stack's file, with your numbers",
        ),
        (
            {**project(), "protect": "maybe"},
            "protect",
            "this is neither true nor false: 'maybe'",
            "write true or false, without quotes",
        ),
        (
            {**project(), "service_token": "Datafold"},
            "service_token",
            "this is not a block of keys",
            "write keys with their values, e.g. {key: value}",
        ),
        (
            project(environments={"production": 101, "pull_request": {"id": 102}}),
            "projects.analytics.environments.production",
            "this is not a block of keys",
            "write keys with their values, e.g. {id: 101}",
        ),
        (
            {"projects": {"Analytics!": ANALYTICS}},
            "projects.Analytics!",
            "this is not a short name for a project",
            "write small letters, digits, - and _ only, a letter first, e.g. analytics",
        ),
        (
            project(merge_job={"dbt_version": "1.9"}),
            "projects.analytics.merge_job.dbt_version",
            "this is not a dbt version that dbt Cloud knows",
            "write a release track: latest, compatible, extended, fallback, latest-fusion; or, where the account "
            "still has them, a version as dbt Cloud writes it, e.g. 1.9.0-latest",
        ),
        (
            project(merge_job={"deferring_job_id": 5, "self_deferring": True}),
            "projects.analytics.merge_job",
            "a job defers to at most one of deferring_environment_id, deferring_job_id and self_deferring; "
            "deferring_job_id and self_deferring are set",
            "keep one of them",
        ),
        (
            project(production_job={"scheduled": False, "schedule": {"hours": [2]}}),
            "projects.analytics.production_job",
            "schedule is set, but the clock does not start the job (scheduled: false)",
            "remove one of them",
        ),
        (
            project(
                production_job={
                    "dbt_version": "latest",
                    "cost_optimization_features": ["state_aware_orchestration"],
                }
            ),
            "projects.analytics.production_job",
            "state_aware_orchestration needs dbt Fusion, and dbt_version is 'latest'",
            "write dbt_version: latest-fusion, or remove cost_optimization_features",
        ),
        (
            project(production_job={"environment_variables": {"region": "eu"}}),
            "projects.analytics.production_job.environment_variables.region",
            "this is not the name of a dbt Cloud environment variable",
            "begin it with DBT_, and write capitals, digits and _ only, e.g. DBT_REGION",
        ),
        (
            {**project(), "notifications": {"emails": ["a@example.com"] * 2, "user_id": 1}},
            "notifications.emails",
            "a value is there twice",
            "list each one once",
        ),
        *(
            (project(project_id=value), "projects.analytics.project_id", problem, NO_QUOTES)
            for value, problem in (
                ("10", "this is not a whole number: '10'"),
                ("a secret that is long", "this is not a whole number"),
            )
        ),
        *(
            (
                project(production_job={key: value}),
                f"projects.analytics.production_job.{key}",
                problem,
                fix,
            )
            for key, value, problem, fix in (
                (
                    *("execute_steps", "dbt build", "this is not a list"),
                    "write it in brackets, e.g. [dbt build]",
                ),
                ("num_threads", 0, "this number is too small: 0", "write 1 or more"),
                ("num_threads", 1001, "this number is too large: 1001", "write 1000 or less"),
                ("name", "Production ", INVISIBLE, "remove it"),
                ("name", "Pro\nduction", "this name has a line break", "write it on one line"),
                ("name", "P" * 256, "this text is too long", "write 255 characters or less"),
            )
        ),
        *(
            (
                project(**{job: {"name": name}}),
                "projects.analytics",
                f"production_job and {other} are both called '{name}', so nobody can choose the right one in Datafold",
                "give one of them another name",
            )
            for job, name, other in (
                ("production_job", "Merge", "merge_job"),
                ("pull_request_job", "Production", "pull_request_job"),
            )
        ),
    ],
)
def test_a_mistake_is_named_with_its_cure(problems_of, blocks, path, problem, fix):
    assert problems_of(blocks) == {path: (problem, fix)}


def test_a_switched_off_merge_job_gives_way_to_the_artifacts_job(load):
    loaded = load(project(merge_job={"enabled": False}, artifacts_job={}))

    analytics = loaded.stack.projects["analytics"]
    assert analytics.merge_job is None
    assert analytics.artifacts_job is not None


def test_no_token_is_made_when_it_is_null(load):
    assert load({**project(), "service_token": None}).stack.service_token is None


def test_of_very_many_problems_the_first_are_listed_and_all_are_counted(load):
    projects = {f"p{number}": {**ANALYTICS, "project_id": 0} for number in range(300)}

    with pytest.raises(ConfigurationError) as refused:
        load({"projects": projects})

    lines = str(refused.value).splitlines()
    assert lines[0] == "Pulumi.dev.yaml: 300 problems, of which these are the first 20"
    assert len(lines) == 1 + 20 * 3
    assert len(refused.value.problems) == 300


@pytest.mark.parametrize("token", ["dbtc_Made-up_Secret", "dbtu_MadeUpSecret", "0a1b2c3d4e" * 4])
def test_a_token_in_the_wrong_place_is_not_echoed(problems_of, token):
    pasted = project(production_job={"schedule": {"cron": f"{token} * * * *"}, token: 1})

    problems = problems_of({"projects": {**pasted["projects"], token: ANALYTICS}})

    assert len(problems) == 3
    assert token not in str(problems)
    assert "<a token>" in str(problems)


def test_values_are_never_echoed(problems_of):
    problems = problems_of(project(project_id="a-made-up-secret", name="another-secret"))

    assert "secret" not in str(problems)


@pytest.fixture
def stack_file(tmp_path, monkeypatch):
    """The file of which Pulumi gives the values under `config:`; here for what stands beside it."""
    monkeypatch.setattr(pulumi, "get_root_directory", lambda: str(tmp_path))
    return tmp_path / "Pulumi.dev.yaml"


@pytest.mark.parametrize(
    "content",
    [
        b"config:\n  aws:region:\teu-central-1\n",
        b"config: {}\n---\nanother: document\n",
        b"config:\n  data:operator: =\n",
        b"config:\n  data:key: !unknown tag\n",
        b"config:\n  data:day: 2026-02-30\n",
        "config: {}\n".encode("utf-16"),
        b"config:\n  data:name: caf\xe9\n",
    ],
    ids=["tab", "two documents", "=", "tag", "date", "UTF-16", "Latin-1"],
)
def test_yaml_that_pulumi_reads_is_read(load, stack_file, content):
    stack_file.write_bytes(content)

    assert load(project())


@pytest.mark.parametrize(
    "line", ["dbtcloud:token: {}", "'dbtcloud:token' : {}", '"dbtcloud:token": {}']
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a byte order mark"])
def test_a_key_beside_config_is_named_without_its_value(problems_of, stack_file, line, mark):
    secret = "!plain dbtc_EXAMPLE"
    stack_file.write_text(f"{mark}{line.format(secret)}\nconfig:\n  dbtcloud:accountId: 1\n")

    problems = problems_of(project())

    assert problems == {
        "dbtcloud:token": ("this key stands beside config:, where Pulumi ignores it", "indent it")
    }
