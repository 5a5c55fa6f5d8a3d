"""The commands read a job as the provider does, although neither may import the other."""

import pytest
from pulumi_dbtcloud_datafold.cli.job_properties import properties

from tests.toolchain.provider.declared import JOB, JOB_URN

NO_TRIGGERS = dict.fromkeys(("github_webhook", "git_provider_webhook", "on_merge"), False)


def schedule(cron, date, time):
    return {"schedule": {"cron": cron, "date": date, "time": time}}


def every(hours):
    return {"type": "every_hour", "interval": hours}


PAYLOAD = {
    **{"id": 1000, "account_id": 12, "project_id": 1, "environment_id": 2, "state": 1},
    **{"name": "Nightly 🌙", "description": "each night", "job_type": "scheduled"},
    "execute_steps": ["dbt seed", "dbt build --select 'tag:nightly'"],
    **dict.fromkeys(("dbt_version", "deferring_environment_id", "deferring_job_definition_id")),
    **dict.fromkeys(("generate_docs", "errors_on_lint_failure", "force_node_selection"), True),
    **dict.fromkeys(("run_generate_sources", "run_compare_changes", "run_lint"), False),
    **{"compare_changes_flags": "--select state:modified", "triggers_on_draft_pr": False},
    **{"cost_optimization_features": [], "job_completion_trigger_condition": None},
    **{"execution": {"timeout_seconds": 3600}, "settings": {"threads": 8, "target_name": "prod"}},
    "triggers": {**NO_TRIGGERS, "schedule": True},
    **schedule("0 2,14 * * *", {"type": "every_day"}, {"type": "at_exact_hours", "hours": [2, 14]}),
}
CI = {"github_webhook": True, "git_provider_webhook": True, "schedule": False, "on_merge": False}
MERGE = {**NO_TRIGGERS, "schedule": False, "on_merge": True}
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
    "by interval": schedule("0 */6 * * *", {"type": "days_of_week", "days": [1, 3]}, every(6)),
    "by cron": schedule("7 5 * * 1", {"type": "custom_cron", "cron": "7 5 * * 1"}, every(1)),
    "sparse": {
        **dict.fromkeys(("execution", "settings", "execute_steps", "compare_changes_flags")),
        **schedule("0 * * * *", None, None),
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
