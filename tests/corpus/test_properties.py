"""Properties of what is accepted and refused, for values that nobody thinks of."""

import shlex
import string
import unicodedata
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from cronsim import CronSim
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi_dbtcloud_datafold import (
    ConfigurationError,
    DatafoldIntegration,
    DatafoldIntegrationArgs,
)
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.datafold_integration import IntegrationSettings
from pulumi_dbtcloud_datafold.jobs.dbt_command import COMMANDS, DbtCommand, dbt_command
from pulumi_dbtcloud_datafold.jobs.schedule import CronExpression, Schedule
from pulumi_dbtcloud_datafold.settings.field_types import DisplayName
from pulumi_dbtcloud_datafold.settings.problems import problems_from
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from tests.components.mocks.recording import JOB, run

settings.register_profile(
    "corpus",
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("corpus")

NAME, CRON, STEP = (TypeAdapter(kind) for kind in (DisplayName, CronExpression, DbtCommand))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLACE = {
    "project_id": 10,
    "production_environment_id": 101,
    "pull_request_environment_id": 102,
}
WORD = st.text(
    string.ascii_letters + string.digits + " .,:;|&<>$`'\"\\\n\t-_=+@(){}[]#*?/\u200b\u00a0"
)


def accepted(adapter, value):
    """Return the value as it is stored; None if it is refused, which is always in words of ours."""
    try:
        return adapter.validate_python(value)
    except ValidationError as refused:
        for error in refused.errors(include_url=False):
            assert error["type"] in (
                "rule",
                "string_too_short",
                "string_too_long",
                "string_unicode",
            )
        return None


@given(st.text() | st.from_regex(r"https?://[\w.:@\[\]%-]{1,80}(/\w*)?", fullmatch=True))
def test_an_access_url_is_an_origin_that_reads_as_itself(text):
    try:
        url = AccessUrl.parse(text)
    except PydanticCustomError:
        return

    parts = urlsplit(url.origin)
    assert AccessUrl.parse(url.origin) == url
    assert (parts.path, parts.query, parts.username, parts.password) == ("", "", None, None)
    assert url.is_encrypted or url.is_local
    assert parts.port is None or 1 <= parts.port <= 65535
    assert max(map(len, (parts.hostname or "").split("."))) <= 63


FIELD = st.one_of(
    st.just("*"),
    st.integers(0, 70).map(str),
    st.tuples(st.integers(0, 70), st.integers(0, 70)).map("{0[0]}-{0[1]}".format),
    st.integers(0, 70).map("*/{}".format),
    st.text("0123456789*/,-LW#? \u00a0", max_size=4),
)


@given(st.lists(FIELD, min_size=4, max_size=6).map(" ".join))
def test_a_cron_expression_that_is_accepted_has_a_next_time_and_is_stored_as_written(text):
    stored = accepted(CRON, text)

    if stored is not None:
        assert stored == text
        assert stored.isascii()
        assert next(CronSim(stored, NOW)) > NOW


@given(WORD | st.tuples(st.sampled_from(COMMANDS), WORD).map("dbt {0[0]} {0[1]}".format))
def test_a_step_that_is_accepted_is_one_line_of_one_command(text):
    stored = accepted(STEP, text)

    if stored is not None:
        words = shlex.split(stored)
        assert stored.isprintable()
        assert stored == stored.strip()
        assert words[0] == "dbt"
        assert dbt_command(stored) == stored
        assert set(words) & set(COMMANDS)


@given(st.lists(st.text(string.ascii_lowercase + "_:+", min_size=1), max_size=4))
def test_a_folded_command_is_the_same_as_the_one_on_one_line(values):
    flags = [f"--select {value}" for value in values]

    assert accepted(STEP, "\n  ".join(["dbt build", *flags])) == " ".join(["dbt build", *flags])


@given(st.text(max_size=300))
def test_a_name_that_is_accepted_is_seen_as_it_is_stored(text):
    stored = accepted(NAME, text)

    if stored is not None:
        assert stored == text == text.strip()
        assert 1 <= len(text) <= 255
        assert not {unicodedata.category(character) for character in text} & {
            *("Cc", "Cf", "Co", "Cs", "Zl", "Zp"),
        }


SCHEDULE = st.fixed_dictionaries(
    {},
    optional={
        "hours": st.lists(st.integers(-1, 24), max_size=3),
        "interval": st.integers(0, 24),
        "cron": st.sampled_from(["0 6 * * *", "0 0 31 2 *", "x"]),
        "days": st.lists(st.integers(-1, 7), max_size=3),
    },
)


@given(SCHEDULE)
def test_a_schedule_that_is_accepted_has_one_way_and_the_providers_inputs(block):
    try:
        schedule = Schedule.model_validate(block)
    except ValidationError:
        return

    inputs = schedule.provider_inputs()
    ways = {"schedule_hours", "schedule_interval", "schedule_cron"} & inputs.keys()
    assert len(ways) == 1
    assert inputs["schedule_type"] in ("every_day", "days_of_week", "custom_cron")
    assert ("schedule_days" in inputs) == (inputs["schedule_type"] == "days_of_week")


JOB_SETTINGS = {
    "name": st.sampled_from(["Nightly", "Merge", "a\u200b", ""]),
    "description": st.none() | st.text(max_size=260),
    "execute_steps": st.lists(
        st.sampled_from(["dbt build", "dbt build -s state:modified+", "dbt docs", "dbt seed\n"]),
        max_size=2,
    ),
    "num_threads": st.none() | st.integers(-1, 1001),
    "target_name": st.sampled_from(["default", "prod"]),
    "timeout_seconds": st.integers(-1, 86_401),
    "cost_optimization_features": st.lists(st.sampled_from(["dbt_state", "inherit_environment"])),
    "unknown": st.just(1),
}
DEFERRAL = {
    "self_deferring": st.booleans(),
    "deferring_environment_id": st.none() | st.integers(0, 200),
}
BLOCK = st.fixed_dictionaries(
    {},
    optional={
        "production_job": st.fixed_dictionaries(
            {},
            optional={**JOB_SETTINGS, **DEFERRAL, "scheduled": st.booleans(), "schedule": SCHEDULE},
        ),
        "pull_request_job": st.fixed_dictionaries(
            {},
            optional={
                **JOB_SETTINGS,
                "run_lint": st.booleans(),
                "errors_on_lint_failure": st.booleans(),
                "clone_incremental_models": st.booleans(),
            },
        ),
        "merge_job": st.none() | st.fixed_dictionaries({}, optional={**JOB_SETTINGS, **DEFERRAL}),
        "artifacts_job": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                **JOB_SETTINGS,
                **DEFERRAL,
                "command": st.sampled_from(["parse", "ls", "x"]),
                "on_merge": st.booleans(),
            },
        ),
        "datafold_reads": st.sampled_from([None, "merge_job", "artifacts_job", "x"]),
    },
)


# Most of these are right.
SMALL_BLOCKS = st.fixed_dictionaries(
    {"merge_job": st.fixed_dictionaries({}, optional={**DEFERRAL, "first_run": st.just(False)})},
    optional={
        "artifacts_job": st.fixed_dictionaries({}, optional={"on_merge": st.booleans()}),
        "datafold_reads": st.sampled_from(["merge_job", "artifacts_job"]),
        "production_job": st.fixed_dictionaries(
            {}, optional={"scheduled": st.booleans(), "num_threads": st.integers(1, 9) | st.none()}
        ),
    },
)


def problems_of(block):
    try:
        IntegrationSettings.model_validate(block)
    except ValidationError as refused:
        return problems_from(refused, IntegrationSettings)
    return []


@given(BLOCK | SMALL_BLOCKS)
def test_the_components_take_what_the_model_accepts_and_refuse_the_rest_alike(block):
    problems = problems_of(block)

    def program():
        DatafoldIntegration("a", DatafoldIntegrationArgs(**PLACE, **block))

    if problems:
        with pytest.raises(ConfigurationError) as refused:
            run(program)
        assert refused.value.problems == problems
    else:
        jobs = run(program).inputs[JOB]
        assert all(job["executeSteps"] for job in jobs.values())
        assert len({job["name"] for job in jobs.values()}) == len(jobs)
        on_merge = {name for name, job in jobs.items() if job["triggers"]["onMerge"]}
        assert ("a-merge-job" in on_merge) == ("a-merge-job" in jobs)
