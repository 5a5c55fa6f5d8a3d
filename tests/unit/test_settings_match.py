"""What a component takes and what is checked are the same settings."""

import pytest
from pulumi_dbtcloud_datafold import (
    artifacts_job,
    deployment_environment,
    failure_notifications,
    job,
    merge_job,
    production_job,
    pull_request_job,
    schedule,
    service_token,
)

PAIRS = [
    (schedule.ScheduleArgs, schedule.Schedule),
    (job.JobCompletionTriggerArgs, job.JobCompletionTrigger),
    (production_job.ProductionJobSettingsArgs, production_job.ProductionJobSettings),
    (pull_request_job.PullRequestJobSettingsArgs, pull_request_job.PullRequestJobSettings),
    (merge_job.MergeJobSettingsArgs, merge_job.MergeJobSettings),
    (artifacts_job.ArtifactsJobSettingsArgs, artifacts_job.ArtifactsJobSettings),
    (
        deployment_environment.DeploymentEnvironmentSettingsArgs,
        deployment_environment.DeploymentEnvironmentSettings,
    ),
    (
        failure_notifications.FailureNotificationsSettingsArgs,
        failure_notifications.FailureNotificationsSettings,
    ),
]


@pytest.mark.parametrize(("args", "settings"), PAIRS, ids=lambda each: each.__name__)
def test_the_inputs_of_a_component_are_the_settings_that_are_checked(args, settings):
    assert args.__required_keys__ | args.__optional_keys__ == settings.model_fields.keys()


def test_the_token_takes_its_settings_and_the_account():
    inputs = service_token.MemberServiceTokenArgs
    keys = inputs.__required_keys__ | inputs.__optional_keys__

    assert keys - {"connection"} == service_token.ServiceTokenSettings.model_fields.keys()


@pytest.mark.parametrize(("args", "settings"), PAIRS, ids=lambda each: each.__name__)
def test_every_setting_is_described(args, settings):
    assert [name for name, field in settings.model_fields.items() if not field.description] == []
