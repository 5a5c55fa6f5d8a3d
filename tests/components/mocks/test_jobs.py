"""What each job component sends to the provider, and what it refuses."""

import re

import pulumi
import pytest
from pulumi_dbtcloud_datafold import (
    ArtifactsJob,
    ConfigurationError,
    DeploymentEnvironment,
    MergeJob,
    ProductionJob,
    ProductionJobArgs,
    PullRequestJob,
)

from tests.components.mocks.recording import (
    CI_PLACE,
    ENVIRONMENT,
    OVERRIDE,
    PLACE,
    job_of,
    run,
)

CONNECTION = {"account_id": 1, "access_url": "ab123.us1.dbt.com", "token": "made-up"}


def camel_case(settings):
    """Settings by the provider's names."""
    return {re.sub("_(.)", lambda found: found[1].upper(), key): settings[key] for key in settings}


def triggers(*on):
    names = ("schedule", "githubWebhook", "gitProviderWebhook", "onMerge")
    return {name: name in on for name in names}


def test_a_production_job_builds_daily_at_two_by_default():
    sent = job_of(lambda: ProductionJob("p", ProductionJobArgs(**PLACE)))

    assert sent == {
        "projectId": 10,
        "environmentId": 101,
        "name": "Production",
        "description": "",
        "executeSteps": ["dbt build"],
        "numThreads": 4,
        "targetName": "default",
        "execution": {"timeoutSeconds": 86400},
        "generateDocs": False,
        "runGenerateSources": False,
        "scheduleType": "every_day",
        "scheduleHours": [2],
        "triggers": triggers("schedule"),
    }


CONDITION = {"job_id": 5, "project_id": 10, "statuses": ["success"]}
STARTED_BY_ANOTHER = {"scheduled": False, "job_completion_trigger_condition": CONDITION}
AFTER_ANOTHER = {
    "triggers": triggers(),
    "jobCompletionTriggerConditions": [camel_case(CONDITION)],
}
CHECKS = {
    **{"triggers_on_draft_pr": True, "run_lint": True, "errors_on_lint_failure": False},
    **{"run_compare_changes": True, "compare_changes_flags": "--select state:modified+"},
}
CLONED = {
    "executeSteps": [
        "dbt clone --select state:modified+,config.materialized:incremental,state:old",
        "dbt build --select state:modified+",
    ]
}


@pytest.mark.parametrize(
    ("component", "settings", "sent"),
    [
        (
            PullRequestJob,
            {},
            {
                **{"environmentId": 102, "deferringEnvironmentId": 101},
                "executeSteps": ["dbt build --select state:modified+"],
                "execution": {"timeoutSeconds": 3600},
                "triggers": triggers("githubWebhook", "gitProviderWebhook"),
            },
        ),
        (PullRequestJob, CHECKS, camel_case(CHECKS)),
        (PullRequestJob, {"clone_incremental_models": True}, CLONED),
        (ProductionJob, STARTED_BY_ANOTHER, AFTER_ANOTHER),
        (ArtifactsJob, STARTED_BY_ANOTHER, AFTER_ANOTHER),
        (ArtifactsJob, {"on_merge": True}, {"triggers": triggers("onMerge")}),
        (ArtifactsJob, {"command": "compile"}, {"executeSteps": ["dbt compile"]}),
        (ArtifactsJob, {"command": "ls"}, {"executeSteps": ["dbt ls"]}),
        (
            ArtifactsJob,
            {"command": "parse"},
            {"executeSteps": ["dbt parse --no-partial-parse"]},
        ),
    ],
)
def test_settings_of_a_kind_of_job_have_their_provider_form(component, settings, sent):
    place = CI_PLACE if component is PullRequestJob else PLACE

    inputs = job_of(lambda: component("j", {**place, **settings}))

    assert sent.items() <= inputs.items()
    assert ("scheduleType" in inputs) is inputs["triggers"]["schedule"]


@pytest.mark.parametrize(
    ("schedule", "sent"),
    [
        ({"hours": [0, 12]}, {"type": "every_day", "hours": [0, 12]}),
        ({"interval": 6}, {"type": "every_day", "interval": 6}),
        ({"hours": [2], "days": [1]}, {"type": "days_of_week", "hours": [2], "days": [1]}),
        ({"interval": 4, "days": [0]}, {"type": "days_of_week", "interval": 4, "days": [0]}),
        ({"cron": "15 4 * * 1-5"}, {"type": "custom_cron", "cron": "15 4 * * 1-5"}),
    ],
)
def test_each_way_to_schedule_has_its_provider_form(schedule, sent):
    inputs = job_of(lambda: ProductionJob("p", ProductionJobArgs(**PLACE, schedule=schedule)))

    scheduled = {key: value for key, value in inputs.items() if key.startswith("schedule")}
    assert scheduled == {f"schedule{key.capitalize()}": sent[key] for key in sent}


def test_every_setting_of_a_job_reaches_the_provider():
    as_they_are = {
        **{"name": "Nightly", "description": "Builds all", "dbt_version": "latest"},
        **{"execute_steps": ["dbt seed", "dbt build"], "num_threads": 8, "target_name": "prod"},
        **{"generate_docs": True, "run_generate_sources": True, "deferring_environment_id": 7},
        "cost_optimization_features": ["dbt_state"],
    }
    more = {"timeout_seconds": 600, "job_completion_trigger_condition": CONDITION}
    args = ProductionJobArgs(**PLACE, **as_they_are, **more)

    sent = job_of(lambda: ProductionJob("p", args))

    assert camel_case(as_they_are).items() <= sent.items()
    assert sent["execution"] == {"timeoutSeconds": 600}
    assert sent["jobCompletionTriggerConditions"] == [camel_case(CONDITION)]


def two_jobs(**settings):
    ProductionJob("p", ProductionJobArgs(**PLACE, connection=CONNECTION))
    MergeJob("m", {**PLACE, "connection": CONNECTION, **settings})


def test_jobs_of_one_environment_agree_wherever_they_are_declared():
    with pytest.raises(ConfigurationError) as refused:
        run(lambda: two_jobs(target_name="prod", dbt_version="latest"))

    differs = {
        problem.path: problem.problem.partition(" (")[2] for problem in refused.value.problems
    }
    assert differs.keys() == {"target_name", "dbt_version"}
    assert differs["target_name"].startswith("ProductionJob 'p': default, MergeJob 'm': prod)")
    assert differs["dbt_version"].startswith("ProductionJob 'p': not set, MergeJob 'm': latest)")


@pytest.mark.parametrize(
    "other",
    [
        lambda: {"environment_id": 102},
        lambda: {"connection": {**CONNECTION, "account_id": 2}},
        lambda: {"environment_id": pulumi.Output.from_input(101)},
        lambda: {"target_name": pulumi.Output.from_input("prod")},
    ],
)
def test_jobs_elsewhere_may_differ_and_what_is_known_later_is_not_compared(other):
    run(lambda: two_jobs(**{"target_name": "prod", **other()}))


def both_production_and_test():
    environment = DeploymentEnvironment("e", {"project_id": 10, "name": "New"}).environment_id
    place = {"project_id": 10, "environment_id": environment}
    PullRequestJob("ci", {**place, "deferring_environment_id": environment})


STATE_AWARE = {"cost_optimization_features": ["state_aware_orchestration"]}


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            lambda: PullRequestJob("ci", {**CI_PLACE, "environment_id": 101}),
            r"\APullRequestJob 'ci': 1 problem\n"
            r"  environment_id\n"
            r"    problem: environment 101 is the production environment this job defers to, so pull "
            r"requests would be built into production\n"
            r"    fix:     give the job a deployment environment of its own, without deployment type "
            r"production\Z",
        ),
        (both_production_and_test, "its environment is the production environment"),
        (
            lambda: PullRequestJob("ci", {"project_id": 10, "environment_id": 102}),
            "deferring_environment_id\n    problem: this key is missing",
        ),
        (
            lambda: PullRequestJob("j", {**CI_PLACE, **STATE_AWARE}),
            "does not exist for CI and merge jobs",
        ),
        (lambda: MergeJob("j", {**PLACE, **STATE_AWARE}), "does not exist for CI and merge jobs"),
        (
            lambda: ProductionJob("p", {**PLACE, "first_run": True}),
            "no token: dbt Cloud cannot be reached",
        ),
        (
            lambda: ProductionJob("p", {**PLACE, "environment_variables": {"REGION": "eu"}}),
            r"environment_variables\.REGION",
        ),
    ],
)
def test_a_job_that_dbt_cloud_would_not_take_is_refused(program, message):
    with pytest.raises(ConfigurationError, match=message):
        run(program)


def test_all_problems_of_a_job_are_reported_at_once():
    args = {
        "project_id": 0,
        "execute_steps": ["dbt biuld", "make"],
        "num_thread": 4,
        "schedule": {"hours": [25], "cron": "0 6 * *"},
        "timeout_seconds": "3600",
    }

    with pytest.raises(ConfigurationError) as refused:
        run(lambda: ProductionJob("nightly", args))

    assert str(refused.value).splitlines()[0] == "ProductionJob 'nightly': 8 problems"
    assert {problem.path: problem.fix for problem in refused.value.problems} == {
        "project_id": "write one above 0",
        "environment_id": "add it",
        "execute_steps[0]": "did you mean 'dbt build'?",
        "execute_steps[1]": "start it with dbt, e.g. 'dbt build'",
        "num_thread": "did you mean 'num_threads'?",
        "schedule.hours[0]": "write 23 or less",
        "schedule.cron": "write minute hour day month weekday, e.g. '0 6 * * 1-5' (06:00 UTC on weekdays)",
        "timeout_seconds": "write a whole number without quotes",
    }


def test_environment_variables_are_overridden_for_the_job_and_secret_ones_stay_secret():
    declared = run(
        lambda: ProductionJob(
            "p",
            ProductionJobArgs(
                **PLACE,
                environment_variables={
                    "DBT_REGION": "eu",
                    "DBT_ENV_SECRET_KEY": "made-up",
                    "DBT_ENV_SECRET_OUTPUT": pulumi.Output.secret("made-up"),
                },
            ),
        )
    )

    overrides = declared.inputs[OVERRIDE]
    assert overrides["p-DBT_REGION"] == {
        "name": "DBT_REGION",
        "projectId": 10,
        "jobDefinitionId": 1001,
        "rawValue": "eu",
    }
    # What the engine is sent for a secret.
    for name in ("KEY", "OUTPUT"):
        assert overrides[f"p-DBT_ENV_SECRET_{name}"]["rawValue"] == {
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
            "value": "made-up",
        }


def test_incremental_models_are_cloned_before_steps_that_are_known_later():
    def program():
        steps = pulumi.Output.from_input(["dbt build"])
        PullRequestJob("p", {**CI_PLACE, "clone_incremental_models": True, "execute_steps": steps})

    sent = job_of(program)

    assert [step.split()[1] for step in sent["executeSteps"]] == ["clone", "build"]


def test_an_environment_may_be_given_a_connection_which_the_provider_does_not_get():
    args = {"project_id": 10, "name": "New", "connection": CONNECTION}

    declared = run(lambda: DeploymentEnvironment("e", args))

    [sent] = declared.inputs[ENVIRONMENT].values()
    assert (sent["name"], "connection" in sent) == ("New", False)
