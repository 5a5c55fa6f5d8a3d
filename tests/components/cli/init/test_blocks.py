"""What a project's block says: which jobs, and of these only what differs from the defaults."""

import pytest
from pulumi_dbtcloud_datafold.cli.init import blocks, report
from pulumi_dbtcloud_datafold.cli.init.selection import ROLES, ChoiceError
from pulumi_dbtcloud_datafold.cli.init.tokens import TokenBlock

from tests.components.cli.init.documents import (
    body,
    ci,
    completed,
    document,
    hourly,
    hours,
    merge,
    nightly,
    steps,
    threads,
)

PROJECT = {"id": 10, "name": "Analytics"}


def environment(number, name, deployment_type=None, kind="deployment"):
    return {"id": number, "name": name, "type": kind, "deployment_type": deployment_type}


PRODUCTION = environment(101, "Production", "production")
TEST, OTHER = environment(102, "CI"), environment(105, "Other")
STAGING = environment(104, "Staging", "staging")
DEVELOPMENT = environment(103, "Dev", kind="development")
ENVIRONMENTS = [PRODUCTION, TEST, DEVELOPMENT]
DEFERRING = {"deferring_environment_id": 101}
NOT_DEFERRING = "deferring_environment_id is not set, becomes 101"

NIGHTLY = document(1, nightly("Production"))
CI = document(2, ci("Pull requests", DEFERRING), 102)
MERGE = document(3, merge("Merge"))
HOURLY = document(4, hourly("Datafold artifacts"))
ADAPTIVE = "it is an adaptive job, which cannot become another one"


def block(*jobs, environments=ENVIRONMENTS, **choices):
    return blocks.project_block("analytics", PROJECT, jobs, environments, choices)


def roles(found):
    """What is decided, by role: a number, new, or the numbers to choose from."""
    return {
        role: decision.adopted.number
        if decision.adopted
        else "new"
        if decision.is_new
        else [candidate.number for candidate in decision.candidates]
        for role, decision in found.selection.decisions.items()
    }


def left(found):
    return {job.number: why for job, why in found.selection.left_alone}


def test_what_is_as_the_defaults_is_not_written():
    found = block(NIGHTLY, CI, MERGE)

    assert found.settings == {
        "project_id": 10,
        "environments": {"production": {"id": 101}, "pull_request": {"id": 102}},
        "production_job": {"adopt_job_id": 1},
        "pull_request_job": {"adopt_job_id": 2},
        "merge_job": {"adopt_job_id": 3},
    }
    assert found.is_usable
    assert found.changes == []


@pytest.mark.parametrize(
    ("sent", "settings"),
    [
        (hourly("Datafold artifacts"), {}),
        (hourly("Datafold artifacts", steps("dbt ls")), {"command": "ls"}),
        (hourly("Datafold artifacts", steps("dbt parse --no-partial-parse")), {"command": "parse"}),
        (hourly("Datafold artifacts", steps("dbt parse")), {"execute_steps": ["dbt parse"]}),
        (
            hourly("Datafold artifacts", {"triggers": {"on_merge": True}}, hours(2)),
            {"on_merge": True},
        ),
    ],
)
def test_an_artifacts_job_names_its_command(sent, settings):
    assert block(NIGHTLY, CI, document(4, sent)).settings["artifacts_job"] == {
        "adopt_job_id": 4,
        **settings,
    }


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        ({}, [NOT_DEFERRING]),
        (
            {"deferring_job_definition_id": 1},
            ["deferring_job_id is 1, becomes not set", NOT_DEFERRING],
        ),
        (
            {"deferring_job_definition_id": 2},
            ["self_deferring is true, becomes false", NOT_DEFERRING],
        ),
        (
            {**DEFERRING, "triggers": {"github_webhook": True, "schedule": True}},
            [
                "triggers.git_provider_webhook is false, becomes true",
                "triggers.schedule is true, becomes false",
            ],
        ),
        (
            {**DEFERRING, **completed(7, 10)},
            [
                "job_completion_trigger_condition is job_id 7, project_id 10, statuses success; error, becomes not set"
            ],
        ),
        (
            {**DEFERRING, "compare_changes_flags": ""},
            ["compare_changes_flags is empty, becomes --select state:modified"],
        ),
        *(
            (
                {**DEFERRING, key: True},
                [f"{key} is on, and the stack file has no key for it: it is not managed"],
            )
            for key in ("enable_model_query_history", "lifecycle_webhooks")
        ),
        (
            {**DEFERRING, "deactivated": True},
            ["dbt Cloud has switched the job off after failures: `pulumi up` leaves it off"],
        ),
        (
            {**DEFERRING, "cost_optimization_features": ["efficient_testing", "dbt_state"]},
            ["cost_optimization_features has several (efficient_testing, dbt_state): they stay"],
        ),
    ],
)
def test_what_the_stack_file_cannot_say_is_named(settings, changes):
    found = block(NIGHTLY, document(2, ci("Pull requests", settings), 102), MERGE)

    assert found.changes == [f"pull_request_job: {change}" for change in changes]
    assert found.settings["pull_request_job"] == {"adopt_job_id": 2}
    assert found.is_usable


def test_a_step_on_several_lines_is_said_to_change_and_stays_on_one_line_of_the_output():
    folded = nightly("Production", steps("dbt build\n  --exclude tag:slow"))

    found = block(document(1, folded), CI, MERGE)

    assert found.changes == [
        "production_job: execute_steps has a line break, which becomes a space"
    ]
    assert found.is_usable
    printed = report.text([found], TokenBlock(None, ()), "Pulumi.dev.yaml", None)
    assert "dbt build --exclude tag:slow\n" in printed


def test_all_production_jobs_get_the_target_of_the_first_that_exists():
    found = block(
        document(1, nightly("Production", threads(4, "prod"))),
        CI,
        document(3, merge("Merge", threads(4, "other"))),
    )
    made = block(document(1, nightly("Production", threads(4, "prod"))), CI)

    assert found.settings["merge_job"] == {"adopt_job_id": 3, "target_name": "prod"}
    assert found.changes == [
        "merge_job: target_name is other, becomes prod, as all jobs of the production environment"
    ]
    assert made.settings["artifacts_job"] == {"target_name": "prod"}
    assert made.changes == []


def test_what_is_not_there_is_made_and_no_job_beside_it():
    found = block(NIGHTLY)

    assert roles(found) == {"production_job": 1, "pull_request_job": "new", "artifacts_job": "new"}
    assert found.settings["environments"]["pull_request"] == {"id": 102}
    assert found.is_usable


def test_a_new_job_gets_a_name_that_is_free():
    named = document(1, nightly("Datafold artifacts"))

    assert block(named, CI).settings["artifacts_job"] == {"name": "Datafold artifacts (Datafold)"}


def test_of_several_the_only_one_that_builds_everything_is_taken():
    part = document(5, nightly("Part", steps("dbt build -s tag:x")))
    by_hand = document(6, body("Backfill"))

    found = block(part, NIGHTLY, by_hand, CI, MERGE)

    assert roles(found)["production_job"] == 1
    assert left(found) == {
        5: "its schedule starts it (at 02:00 every day, UTC), and it builds a part: dbt build -s tag:x; another job is "
        "taken",
        6: "a person or the API starts it, and it builds everything: dbt build; another job is taken",
    }


def test_two_that_fit_are_left_to_a_person():
    second = document(5, nightly("Second"))

    found = block(NIGHTLY, second, CI, MERGE)
    chosen = block(NIGHTLY, second, CI, MERGE, production_job=5)
    new = block(NIGHTLY, second, CI, MERGE, production_job="new")

    assert roles(found)["production_job"] == [1, 5]
    assert found.selection.decisions["production_job"].note == "2 jobs fit"
    assert "production_job" not in found.settings
    assert not found.is_usable
    assert roles(chosen)["production_job"] == 5
    assert chosen.is_usable
    assert left(chosen)[1].endswith("another job is taken")
    assert new.settings["production_job"] == {"name": "Production (Datafold)"}


def test_a_job_that_may_be_meant_is_not_taken_unasked_and_nothing_is_made_beside_it():
    seldom = document(4, hourly("Daily compile", hours(3)))

    found = block(NIGHTLY, CI, seldom)

    assert roles(found)["artifacts_job"] == [4]
    assert (
        found.selection.decisions["artifacts_job"].note
        == "one job may be meant, but it is not sure"
    )
    assert roles(block(NIGHTLY, CI, seldom, artifacts_job=4))["artifacts_job"] == 4


def test_a_ci_job_in_production_comes_with_the_steps_to_move_it():
    wrong = document(2, ci("CI", DEFERRING), 101)

    found = block(NIGHTLY, wrong, MERGE)

    assert roles(found)["pull_request_job"] == []
    assert found.selection.decisions["pull_request_job"].note == (
        "job 2: it runs in the production environment, so pull requests are built into production. In dbt Cloud, make "
        "a deployment environment without type production, choose it in the job's settings, and run this command again"
    )
    assert left(found) == {}
    assert roles(block(NIGHTLY, wrong, CI | {"id": 9}, MERGE))["pull_request_job"] == 9


def test_of_several_ci_jobs_the_only_one_that_defers_to_production_is_taken():
    other = document(5, ci("Full CI"), 102)

    assert roles(block(NIGHTLY, CI, other, MERGE))["pull_request_job"] == 2
    assert roles(block(NIGHTLY, other, other | {"id": 6}, MERGE))["pull_request_job"] == [5, 6]


def test_beside_a_merge_job_an_artifacts_job_is_left_alone():
    found = block(NIGHTLY, CI, MERGE, HOURLY)

    assert roles(found)["merge_job"] == 3
    assert left(found)[4].endswith("Datafold reads one job's artifacts, and there is a merge job")
    # A job becomes one block only.
    assert "merge_job" not in roles(block(NIGHTLY, CI, MERGE, production_job=3))
    assert roles(block(NIGHTLY, CI, MERGE, HOURLY, artifacts_job=4))["artifacts_job"] == 4


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (
            nightly("Production", steps("dbt build && dbt test")),
            "execute_steps[0]: dbt Cloud runs a step without a shell",
        ),
        (
            nightly(" padded "),
            "name: this name begins or ends with a space, which nobody sees in dbt Cloud",
        ),
        (
            nightly("Production", {"dbt_version": "1.0.1"}),
            "dbt_version: this is not a dbt version that dbt Cloud knows",
        ),
        (nightly("Production", threads(0)), "num_threads: this number is too small: 0"),
        (
            nightly("Production", {"description": "x" * 256}),
            "description: this text is too long (write 255 characters or less)",
        ),
        (nightly("Production", {"job_type": "adaptive"}), ADAPTIVE),
    ],
)
def test_a_job_that_the_settings_refuse_is_left_alone_with_the_reason(sent, reason):
    found = block(document(1, sent), CI, MERGE)

    decision = found.selection.decisions["production_job"]
    named = reason if reason == ADAPTIVE else f"the stack file cannot say it: {reason}"
    assert decision.note.startswith(f"job 1: {named}")
    assert not found.is_usable
    assert roles(found)["production_job"] == []
    assert "production_job" not in found.settings


def test_jobs_that_may_not_be_together_are_a_problem_of_the_block():
    found = block(document(1, nightly("dbt")), CI, document(3, merge("dbt")))

    assert found.problems == [
        "production_job and merge_job are both called 'dbt', so nobody can choose the right one in Datafold: "
        "give one of them another name"
    ]
    assert not found.is_usable


def test_a_job_of_dbt_jobs_as_code_is_taken_over_with_a_hint():
    found = block(document(1, nightly("Nightly [[nightly]]")), CI, MERGE)

    assert found.hints == [
        "production_job: dbt-jobs-as-code manages this job. Run its `unlink`, which changes the name, then run this "
        "command again"
    ]
    assert found.settings["production_job"]["name"] == "Nightly [[nightly]]"
    assert found.is_usable


def test_production_is_where_the_jobs_build_if_no_environment_has_the_type():
    untyped = PRODUCTION | {"deployment_type": None}

    found = block(NIGHTLY, CI, MERGE, environments=[untyped, TEST, STAGING])
    staging = block(
        NIGHTLY,
        document(5, nightly("Staging"), 104),
        CI,
        MERGE,
        environments=[PRODUCTION, STAGING, TEST],
    )

    assert found.settings["environments"] == {
        "production": {"id": 101},
        "pull_request": {"id": 102},
    }
    assert roles(staging)["production_job"] == 1
    assert left(staging)[5] == (
        "its schedule starts it (at 02:00 every day, UTC), and it builds everything: dbt build; it runs in environment "
        "104 'Staging', not in production"
    )


def test_where_two_environments_may_be_production_a_person_chooses_a_job():
    environments = [PRODUCTION | {"deployment_type": None}, OTHER, TEST]
    second = document(5, nightly("Second"), 105)

    found = block(NIGHTLY, second, CI, environments=environments)
    chosen = block(NIGHTLY, second, CI, environments=environments, production_job=5)

    assert roles(found)["production_job"] == [1, 5]
    assert "production" not in found.settings["environments"]
    assert chosen.settings["environments"]["production"] == {"id": 105}


def test_without_an_environment_for_pull_requests_the_block_is_not_used():
    found = block(NIGHTLY, MERGE, environments=[PRODUCTION, TEST, OTHER])

    assert found.selection.notes == [
        "no single deployment environment beside production is there for the pull-request job: make one in dbt Cloud, "
        "without deployment type production"
    ]
    assert not found.is_usable


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"production_job": 99}, "production_job=99: the project has no such job"),
        (
            {"production_job": 2},
            "production_job=2: it is a CI job, and dbt Cloud cannot change that",
        ),
        (
            {"pull_request_job": 1},
            "pull_request_job=1: it is no CI job, and dbt Cloud cannot change that",
        ),
        (
            {"production_job": 3, "merge_job": 3},
            "production_job=3: this job is chosen for another block too",
        ),
        ({"merge_job": 8}, "merge_job=8: it runs in a development environment"),
    ],
)
def test_a_choice_that_is_not_possible_is_refused(choices, message):
    with pytest.raises(ChoiceError) as error:
        block(NIGHTLY, CI, MERGE, document(8, nightly("Dev"), 103), **choices)

    assert str(error.value) == message


def test_projects_get_short_names_and_keep_those_they_have():
    projects = [
        {"id": 1, "name": "Analytics"},
        {"id": 2, "name": "analytics "},
        {"id": 3, "name": "📣"},
        {"id": 4, "name": "2024 Données & Co."},
        {"id": 5, "name": "Sales"},
        {"id": 6, "name": "Other"},
    ]

    assert blocks.keys_for(projects, {5: "revenue"}, ["other"]) == {
        1: "analytics",
        2: "analytics-2",
        3: "project-3",
        4: "project-2024-donnees-co",
        5: "revenue",
        6: "other-6",
    }


def test_choices_are_read_by_project_and_block():
    texts = ["a.production_job=12", "a.merge_job=new", "b.c.artifacts_job=70403103900001"]

    assert blocks.choose(texts, ["a", "b.c"], ROLES) == {
        "a": {"production_job": 12, "merge_job": "new"},
        "b.c": {"artifacts_job": 70403103900001},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("b.merge_job=1", "--choose b.merge_job=1: there is no project 'b'; there is a"),
        *(
            (
                text,
                f"--choose {text}: write PROJECT.BLOCK=NUMBER or PROJECT.BLOCK=new; BLOCK is one of production_job, "
                "pull_request_job, merge_job, artifacts_job",
            )
            for text in (
                "a.nightly=1",
                "a.merge_job=x",
                "a.merge_job=",
                "a.merge_job=-1",
                "a.merge_job=²",
            )
        ),
    ],
)
def test_a_choice_of_another_form_is_refused(text, message):
    with pytest.raises(ChoiceError) as error:
        blocks.choose([text], ["a"], ROLES)

    assert str(error.value) == message
