"""Steps of jobs: one command each, that ends by itself and has the state it compares with."""

import pytest
from pulumi_dbtcloud_datafold.jobs.artifacts_job import ArtifactsJobSettings
from pulumi_dbtcloud_datafold.jobs.dbt_command import DbtCommand, builds_only_changes, state_needed
from pulumi_dbtcloud_datafold.jobs.merge_job import MergeJobSettings
from pulumi_dbtcloud_datafold.jobs.production_job import ProductionJobSettings
from pulumi_dbtcloud_datafold.jobs.pull_request_job import PullRequestJobSettings
from pulumi_dbtcloud_datafold.jobs.schedule import Schedule
from pulumi_dbtcloud_datafold.settings.problems import problems_from
from pydantic import TypeAdapter, ValidationError

DEFERRING_KINDS = [ProductionJobSettings, MergeJobSettings, ArtifactsJobSettings]
ZERO_WIDTH_SPACE, NO_BREAK_SPACE = "\u200b", "\u00a0"


def problems_with(model, **settings):
    with pytest.raises(ValidationError) as refused:
        model.model_validate(settings)
    return {
        problem.path: (problem.problem, problem.fix)
        for problem in problems_from(refused.value, model)
    }


@pytest.mark.parametrize(
    ("step", "stored"),
    [
        ("dbt build\n", "dbt build"),
        ("dbt build\n  --select a\n  --exclude b\n", "dbt build --select a --exclude b"),
        ("dbt build\n--select a\n\n", "dbt build --select a"),
        ("dbt run --vars '{\n\"a\": 1\n}'", "dbt run --vars '{ \"a\": 1 }'"),
    ],
)
def test_a_command_folded_over_lines_is_stored_on_one_as_dbt_cloud_reads_it(step, stored):
    assert TypeAdapter(DbtCommand).validate_python(step) == stored


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        *(
            (step, "one step is one command")
            for step in (
                *("dbt seed\ndbt build", "dbt seed\n  dbt build\n", "dbt seed dbt build"),
                *("dbt seed\r\ndbt build", "dbt build\npython notify.py"),
                "dbt build\n# and then\n--select a",
            )
        ),
        ("", "a step is one dbt command"),
        ("build", "a step is one dbt command"),
        ("dbt", "no dbt command is named"),
        ("dbt biuld", "dbt has no command 'biuld'"),
        ("dbt seed;dbt build", "dbt Cloud runs a step without a shell"),
        ("dbt build --vars '{a: 1}", "no closing quotation"),
        ("dbt docs serve", "dbt docs serve never ends, so the run lasts until its timeout"),
        ("dbt docs", "'dbt docs' alone is no command of dbt"),
        ("dbt --quiet docs", "'dbt docs' alone is no command of dbt"),
        ("dbt source", "'dbt source' alone is no command of dbt"),
        ("dbt init", "dbt init asks questions, which nobody answers in a run"),
        (
            "dbt build \\\n  --select a",
            "a backslash at the end of a line is for a shell, and dbt Cloud has none",
        ),
        ("dbt build ", "this step begins or ends with a space"),
        ("dbt build\x0b--full-refresh", "a step has the character U+000B, which nobody sees"),
        ("dbt build\x00", "a step has the character U+0000, which nobody sees"),
        (
            f"dbt build{NO_BREAK_SPACE}--full-refresh",
            "a step has the character U+00A0, which nobody sees",
        ),
        (f"dbt build{ZERO_WIDTH_SPACE}", "a step has the character U+200B, which nobody sees"),
        (
            'dbt run --vars "{day: $(date)}"',
            "dbt Cloud runs a step without a shell, so `...` and $(...) are not replaced",
        ),
        (
            "dbt build --select `cat models`",
            "dbt Cloud runs a step without a shell, so `...` and $(...) are not replaced",
        ),
    ],
)
def test_a_step_that_a_run_cannot_do_is_refused(step, problem):
    [(found, _)] = problems_with(ProductionJobSettings, execute_steps=[step]).values()

    assert found.startswith(problem)


@pytest.mark.parametrize(
    "step",
    [
        *("dbt docs generate", "dbt source freshness", "dbt show --inline 'select 1 from `a.b`'"),
        *("dbt --log-level info build", "dbt compare", "dbt build --select 'tag:a;' --vars ''"),
        "dbt run-operation grant_select --args '{role: reporter}'",
    ],
)
def test_what_looks_like_it_and_is_right_passes(step):
    assert ProductionJobSettings(execute_steps=[step]).execute_steps == [step]


STATEFUL = [
    ("dbt build --select state:modified+", "state:modified"),
    ("dbt build -s 'tag:daily,1+state:new'", "state:new"),
    ("dbt build --select=result:error+ --full-refresh", "result:error"),
    ("dbt build --select tag:a source_status:fresher+", "source_status:fresher"),
    ("dbt build --exclude state:old", "state:old"),
    ("dbt build -sstate:modified", "state:modified"),
    ("dbt build --select @state:modified.body", "state:modified.body"),
    ("dbt --quiet clone", "dbt clone"),
    ("dbt build --defer", "--defer"),
    ("dbt build --state=target/old", "--state"),
]


@pytest.mark.parametrize("model", DEFERRING_KINDS)
@pytest.mark.parametrize(("step", "need"), STATEFUL)
def test_a_step_that_compares_needs_a_deferral(model, step, need):
    steps = ["dbt seed", step]

    [(problem, fix)] = problems_with(model, execute_steps=steps).values()

    assert problem.startswith(f"execute_steps[1] ({need})")
    assert "self_deferring" in fix
    assert "deferring_environment_id" in fix
    for deferral in (
        {"self_deferring": True},
        {"deferring_environment_id": 101},
        {"deferring_job_id": 5},
        {"cost_optimization_features": ["dbt_state"]},
    ):
        assert model(execute_steps=steps, **deferral).execute_steps == steps


@pytest.mark.parametrize(("step", "_need"), STATEFUL)
def test_a_pull_request_job_always_has_a_deferral(step, _need):
    assert PullRequestJobSettings(execute_steps=[step]).execute_steps == [step]


@pytest.mark.parametrize(
    "step", ["dbt build --vars '{x: \"state:modified\"}'", "dbt build -s path:state"]
)
def test_a_word_that_chooses_nothing_is_no_comparison(step):
    assert state_needed(step) is None


@pytest.mark.parametrize(
    ("step", "only"),
    [
        ("dbt build --select state:modified+", True),
        ("dbt run -s 'state:new tag:a,state:modified'", True),
        ("dbt build --select state:modified+ source_status:fresher+", False),
        ("dbt build --exclude state:modified", False),
        ("dbt build", False),
        ("dbt test --select state:modified", None),
    ],
)
def test_what_a_step_builds_is_known(step, only):
    assert builds_only_changes(step) is only


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            {"compare_changes_flags": "true", "run_compare_changes": True},
            "these are not flags of dbt compare",
        ),
        (
            {"compare_changes_flags": "--select a; ls", "run_compare_changes": True},
            "dbt Cloud runs a step without a shell",
        ),
        (
            {"compare_changes_flags": "--select a"},
            "compare_changes_flags has no effect without run_compare_changes",
        ),
        (
            {"errors_on_lint_failure": False},
            "errors_on_lint_failure has no effect without run_lint",
        ),
    ],
)
def test_a_setting_without_effect_is_refused(settings, problem):
    [(found, _)] = problems_with(PullRequestJobSettings, **settings).values()

    assert found == problem


def test_a_default_of_dbt_cloud_may_be_written_out():
    exported = {"errors_on_lint_failure": True, "compare_changes_flags": "--select state:modified"}

    assert PullRequestJobSettings(**exported) == PullRequestJobSettings()


def test_null_means_not_set():
    nulls = dict.fromkeys(ProductionJobSettings.model_fields)

    settings = ProductionJobSettings.model_validate(nulls)

    assert settings == ProductionJobSettings()
    assert settings.model_fields_set == set()


@pytest.mark.parametrize(
    ("model", "key", "fix"),
    [
        (ProductionJobSettings, "schedule_days", "write e.g. schedule: {hours: [2], days: [1, 5]}"),
        (ProductionJobSettings, "schedule_hours", "write e.g. schedule: {hours: [2]}"),
        (MergeJobSettings, "execution", "write e.g. timeout_seconds: 3600"),
        (
            MergeJobSettings,
            "settings",
            "write num_threads and target_name, each as a key of its own",
        ),
        (
            ArtifactsJobSettings,
            "is_active",
            "remove it: a job of the stack is active; scheduled: false stops the clock",
        ),
        (
            ArtifactsJobSettings,
            "triggers",
            "remove it: the kind of the job decides what starts it; scheduled: false stops the clock",
        ),
        (
            PullRequestJobSettings,
            "deferring_environment_id",
            "remove it: the pull-request job always defers to environments.production",
        ),
        (PullRequestJobSettings, "run_lnt", "did you mean 'run_lint'?"),
        (Schedule, "schedule_days", "write days here"),
    ],
)
def test_a_key_of_another_tool_is_answered_with_the_one_of_this_project(model, key, fix):
    assert problems_with(model, **{key: 1})[key] == ("this key is not known", fix)


def test_a_deferral_switched_off_is_none():
    settings = {"self_deferring": False, "execute_steps": ["dbt clone"]}

    assert "defers to nothing" in problems_with(MergeJobSettings, **settings)[""][0]


@pytest.mark.parametrize("key", ["name", "target_name"])
@pytest.mark.parametrize(
    "name",
    [
        *"\u200b\u00ad\u3164\ue000\u00a0\t\u2800",
        *("Pro\u00adduction", "\u200bProduction", "Pro\u200dduction", "\U0001f680\u200d"),
    ],
)
def test_a_name_with_a_character_that_nobody_sees_is_refused(key, name):
    [(problem, _)] = problems_with(ProductionJobSettings, **{key: name}).values()

    assert "which nobody sees" in problem


@pytest.mark.parametrize(
    "name",
    [
        "Prod \U0001f680",
        "\U0001f469\U0001f3fd\u200d\U0001f4bb by hand",
        "\U0001f3f3\ufe0f\u200d\U0001f308",
        "\u65e5\u6b21\u3000\u672c\u756a",
        "Nächtlich (EU)",
    ],
)
def test_a_name_in_any_script_passes(name):
    assert ProductionJobSettings(name=name).name == name
