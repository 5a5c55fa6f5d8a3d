"""What each job component sends to the provider, and what it refuses."""

import re

import pulumi
import pytest
from pulumi_dbtcloud_datafold import (
    ArtifactsJob,
    ArtifactsJobArgs,
    ConfigurationError,
    DeploymentEnvironment,
    MergeJob,
    ProductionJob,
    ProductionJobArgs,
    PullRequestJob,
    PullRequestJobArgs,
)

from tests.components.mocks.recording import (
    CI_PLACE,
    ENVIRONMENT,
    OVERRIDE,
    PLACE,
    job_of,
    run,
)


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


@pytest.mark.parametrize(
    ("schedule", "sent"),
    [
        ({"hours": [0, 12]}, {"scheduleType": "every_day", "scheduleHours": [0, 12]}),
        ({"interval": 6}, {"scheduleType": "every_day", "scheduleInterval": 6}),
        (
            {"hours": [2], "days": [1, 5]},
            {"scheduleType": "days_of_week", "scheduleHours": [2], "scheduleDays": [1, 5]},
        ),
        (
            {"interval": 4, "days": [0]},
            {"scheduleType": "days_of_week", "scheduleInterval": 4, "scheduleDays": [0]},
        ),
        (
            {"cron": "15 4 * * 1-5"},
            {"scheduleType": "custom_cron", "scheduleCron": "15 4 * * 1-5"},
        ),
    ],
)
def test_each_way_to_schedule_has_its_provider_form(schedule, sent):
    inputs = job_of(lambda: ProductionJob("p", ProductionJobArgs(**PLACE, schedule=schedule)))

    assert {key: value for key, value in inputs.items() if key.startswith("schedule")} == sent


def test_every_setting_of_a_job_reaches_the_provider():
    as_they_are = {
        **{"name": "Nightly", "description": "Builds all", "dbt_version": "latest"},
        **{"execute_steps": ["dbt seed", "dbt build"], "num_threads": 8, "target_name": "prod"},
        **{"generate_docs": True, "run_generate_sources": True, "deferring_environment_id": 7},
        "cost_optimization_features": ["dbt_state"],
    }
    condition = {"job_id": 5, "project_id": 10, "statuses": ["success"]}
    more = {"timeout_seconds": 600, "job_completion_trigger_condition": condition}
    args = ProductionJobArgs(**PLACE, **as_they_are, **more)

    sent = job_of(lambda: ProductionJob("p", args))

    assert camel_case(as_they_are).items() <= sent.items()
    assert sent["execution"] == {"timeoutSeconds": 600}
    assert sent["jobCompletionTriggerConditions"] == [camel_case(condition)]


def test_a_pull_request_job_listens_to_git_and_defers_to_production():
    sent = job_of(lambda: PullRequestJob("p", PullRequestJobArgs(**CI_PLACE)))

    assert sent["environmentId"] == 102
    assert sent["deferringEnvironmentId"] == 101
    assert sent["executeSteps"] == ["dbt build --select state:modified+"]
    assert sent["execution"] == {"timeoutSeconds": 3600}
    assert sent["triggers"] == triggers("githubWebhook", "gitProviderWebhook")
    assert "scheduleType" not in sent


def test_a_pull_request_job_passes_on_drafts_lint_and_compare():
    settings = {
        **{"triggers_on_draft_pr": True, "run_lint": True, "errors_on_lint_failure": False},
        **{"run_compare_changes": True, "compare_changes_flags": "--select state:modified+"},
    }

    sent = job_of(lambda: PullRequestJob("p", PullRequestJobArgs(**CI_PLACE, **settings)))

    assert camel_case(settings).items() <= sent.items()


def test_incremental_models_are_cloned_before_the_build():
    sent = job_of(
        lambda: PullRequestJob("p", PullRequestJobArgs(**CI_PLACE, clone_incremental_models=True))
    )

    assert sent["executeSteps"] == [
        "dbt clone --select state:modified+,config.materialized:incremental,state:old",
        "dbt build --select state:modified+",
    ]
    assert "cloneIncrementalModels" not in sent


def test_a_pull_request_job_in_production_is_refused():
    args = PullRequestJobArgs(project_id=10, environment_id=101, deferring_environment_id=101)

    with pytest.raises(ConfigurationError) as refused:
        run(lambda: PullRequestJob("ci", args))

    assert str(refused.value) == (
        "PullRequestJob 'ci': 1 problem\n"
        "  environment_id\n"
        "    problem: environment 101 is the production environment this job defers to, so pull requests "
        "would be built into production\n"
        "    fix:     give the job a deployment environment of its own, without deployment type production"
    )


def test_an_environment_still_to_be_created_cannot_be_both_production_and_test():
    def program():
        created = DeploymentEnvironment("e", {"project_id": 10, "name": "New"}).environment_id
        args = {"project_id": 10, "environment_id": created, "deferring_environment_id": created}
        PullRequestJob("ci", PullRequestJobArgs(**args))

    with pytest.raises(ConfigurationError, match="its environment is the production environment"):
        run(program)


def test_a_pull_request_job_without_deferral_is_refused():
    with pytest.raises(
        ConfigurationError, match="deferring_environment_id\n    problem: this key is missing"
    ):
        run(lambda: PullRequestJob("ci", PullRequestJobArgs(project_id=10, environment_id=102)))


@pytest.mark.parametrize("component", [ProductionJob, ArtifactsJob])
def test_a_job_may_be_started_by_another_job_alone(component):
    condition = {"job_id": 5, "project_id": 10, "statuses": ["success"]}
    args = {**PLACE, "scheduled": False, "job_completion_trigger_condition": condition}

    sent = job_of(lambda: component("j", args))

    assert not any(sent["triggers"].values())
    assert "scheduleType" not in sent
    assert sent["jobCompletionTriggerConditions"] == [
        {"jobId": 5, "projectId": 10, "statuses": ["success"]}
    ]


@pytest.mark.parametrize(
    ("command", "step"),
    [("compile", "dbt compile"), ("ls", "dbt ls"), ("parse", "dbt parse --no-partial-parse")],
)
def test_the_artifacts_command_is_a_choice(command, step):
    sent = job_of(lambda: ArtifactsJob("a", ArtifactsJobArgs(**PLACE, command=command)))

    assert sent["executeSteps"] == [step]


def test_an_artifacts_job_may_run_on_merge_instead():
    sent = job_of(lambda: ArtifactsJob("a", ArtifactsJobArgs(**PLACE, on_merge=True)))

    assert sent["triggers"]["onMerge"] is True
    assert sent["triggers"]["schedule"] is False
    assert "scheduleType" not in sent


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"target_name": "prod"}, "ProductionJob 'p': default, ArtifactsJob 'a': prod"),
        ({"dbt_version": "latest"}, "ProductionJob 'p': not set, ArtifactsJob 'a': latest"),
    ],
)
def test_jobs_of_one_environment_agree_wherever_they_are_declared(setting, message):
    def program():
        ProductionJob("p", ProductionJobArgs(**PLACE))
        ArtifactsJob("a", ArtifactsJobArgs(**PLACE, **setting))

    with pytest.raises(ConfigurationError) as refused:
        run(program)

    [problem] = refused.value.problems
    assert problem.path in setting
    assert problem.problem.startswith(f"the jobs of environment 101 differ in it ({message})")


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


@pytest.mark.parametrize(("component", "place"), [(PullRequestJob, CI_PLACE), (MergeJob, PLACE)])
def test_state_aware_orchestration_is_refused_where_dbt_cloud_has_none(component, place):
    with pytest.raises(ConfigurationError, match="does not exist for CI and merge jobs"):
        run(
            lambda: component(
                "j", {**place, "cost_optimization_features": ["state_aware_orchestration"]}
            )
        )


def test_environment_variables_are_overridden_for_the_job_and_secret_ones_stay_secret():
    declared = run(
        lambda: ProductionJob(
            "p",
            ProductionJobArgs(
                **PLACE, environment_variables={"DBT_REGION": "eu", "DBT_ENV_SECRET_KEY": "made-up"}
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
    assert overrides["p-DBT_ENV_SECRET_KEY"]["rawValue"] == {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "value": "made-up",
    }


def test_a_variable_may_be_an_output():
    def program():
        variables = {"DBT_ENV_SECRET_KEY": pulumi.Output.secret("made-up")}
        ProductionJob("p", ProductionJobArgs(**PLACE, environment_variables=variables))

    declared = run(program)

    assert declared.inputs[OVERRIDE]["p-DBT_ENV_SECRET_KEY"]["rawValue"]["value"] == "made-up"


def test_a_first_run_without_a_known_account_is_refused():
    with pytest.raises(ConfigurationError, match="no token: dbt Cloud cannot be reached"):
        run(lambda: ProductionJob("p", ProductionJobArgs(**PLACE, first_run=True)))


def test_incremental_models_are_cloned_before_steps_that_are_known_later():
    def program():
        steps = pulumi.Output.from_input(["dbt build"])
        PullRequestJob("p", {**CI_PLACE, "clone_incremental_models": True, "execute_steps": steps})

    sent = job_of(program)

    assert [step.split()[1] for step in sent["executeSteps"]] == ["clone", "build"]


def test_an_environment_may_be_given_a_connection_which_the_provider_does_not_get():
    connection = {"account_id": 1, "access_url": "ab123.us1.dbt.com", "token": "made-up"}

    declared = run(
        lambda: DeploymentEnvironment(
            "e", {"project_id": 10, "name": "New", "connection": connection}
        )
    )

    [sent] = declared.inputs[ENVIRONMENT].values()
    assert sent == {
        "projectId": 10,
        "name": "New",
        "dbtVersion": "latest",
        "type": "deployment",
        "useCustomBranch": False,
    }


def test_a_variable_that_dbt_cloud_would_not_take_is_refused():
    with pytest.raises(ConfigurationError, match=r"environment_variables\.REGION"):
        run(lambda: ProductionJob("p", {**PLACE, "environment_variables": {"REGION": "eu"}}))
