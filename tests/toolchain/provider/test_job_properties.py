"""The commands read a job as the provider does, although neither may import the other."""

import pytest
from pulumi_dbtcloud_datafold.cli.job_properties import properties

from tests.toolchain.provider.declared import JOB, JOB_URN

PAYLOAD = {
    "id": 1000,
    "account_id": 12,
    "project_id": 1,
    "environment_id": 2,
    "name": "Nightly 🌙",
    "state": 1,
    "job_type": "scheduled",
    "execute_steps": ["dbt seed", "dbt build --select 'tag:nightly'"],
    "description": "each night",
    "dbt_version": None,
    "deferring_environment_id": None,
    "deferring_job_definition_id": None,
    "generate_docs": True,
    "run_generate_sources": False,
    "run_compare_changes": False,
    "run_lint": False,
    "errors_on_lint_failure": True,
    "compare_changes_flags": "--select state:modified",
    "force_node_selection": True,
    "cost_optimization_features": [],
    "execution": {"timeout_seconds": 3600},
    "settings": {"threads": 8, "target_name": "prod"},
    "triggers": {
        "github_webhook": False,
        "git_provider_webhook": False,
        "schedule": True,
        "on_merge": False,
    },
    "triggers_on_draft_pr": False,
    "job_completion_trigger_condition": None,
    "schedule": {
        "cron": "0 2,14 * * *",
        "date": {"type": "every_day"},
        "time": {"type": "at_exact_hours", "hours": [2, 14]},
    },
}

CI = {"github_webhook": True, "git_provider_webhook": True, "schedule": False, "on_merge": False}
MERGE = {
    "github_webhook": False,
    "git_provider_webhook": False,
    "schedule": False,
    "on_merge": True,
}
CONDITION = {"condition": {"job_id": 99, "project_id": 1, "statuses": [10, 20, 30]}}

CHANGES = {
    "as it is": {},
    "of a hand": {"id": 70403103936332, "deferring_job_definition_id": 5, "description": None},
    "deferring to itself": {"deferring_job_definition_id": 1000},
    "deferring to an environment": {"deferring_environment_id": 3, "dbt_version": "latest"},
    "CI": {"job_type": "ci", "triggers": CI, "triggers_on_draft_pr": True, "run_lint": True},
    "merge": {"job_type": "merge", "triggers": MERGE, "force_node_selection": None},
    "old, without on_merge": {"triggers": {"schedule": False}, "job_type": "other"},
    "switched off": {"state": 2},
    "state-aware": {
        "cost_optimization_features": ["state_aware_orchestration"],
        "force_node_selection": False,
    },
    "by interval": {
        "schedule": {
            "cron": "0 */6 * * *",
            "date": {"type": "days_of_week", "days": [1, 3]},
            "time": {"type": "every_hour", "interval": 6},
        }
    },
    "by cron": {
        "schedule": {
            "cron": "7 5 * * 1",
            "date": {"type": "custom_cron", "cron": "7 5 * * 1"},
            "time": {"type": "every_hour", "interval": 1},
        }
    },
    "sparse": {
        "execution": None,
        "settings": None,
        "execute_steps": None,
        "compare_changes_flags": None,
        "schedule": {"cron": "0 * * * *", "date": None, "time": None},
    },
    "after another job": {"job_completion_trigger_condition": CONDITION},
}

DECLARED = {
    "nothing of its own": {},
    "a completion trigger": {
        "jobCompletionTriggerConditions": [{"jobId": 1, "projectId": 1, "statuses": ["success"]}],
        "validateExecuteSteps": True,
    },
}


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("change", CHANGES)
def test_a_command_reads_of_a_job_what_the_provider_reads(provider, service, change, declared):
    payload = {**PAYLOAD, **CHANGES[change]}
    # As the components declare a job: with `execution`, whose absence the provider reads otherwise.
    inputs = {**JOB, "execution": {"timeoutSeconds": 0}, **DECLARED[declared]}
    state = {"validateExecuteSteps": False, **inputs, "id": str(payload["id"])}
    service.jobs[payload["id"]] = payload

    answer, errors = provider.call(
        "Read", {"urn": JOB_URN, "id": "missing ID", "properties": state, "inputs": inputs}
    )

    assert errors is None
    assert properties(payload, inputs) == answer["properties"]
