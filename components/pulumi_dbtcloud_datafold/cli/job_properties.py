"""A job of dbt Cloud as the provider's properties, to compare it with a declared one.

Source: the provider's own reading of a job (pkg/framework/objects/job in terraform-provider-dbtcloud 1.12.4).
"""

from collections.abc import Mapping
from typing import Any

DERIVED = ("id", "jobId", "jobType", "isActive", "forceNodeSelection", "validateExecuteSteps")
"""Properties that a person does not choose."""

_SETTINGS = {"execution": "timeout_seconds"}
_SCHEDULE = "schedule"
_SCHEDULE_WAYS = {"scheduleCron", "scheduleHours", "scheduleInterval"}
"""Of these the provider takes one: they exclude each other."""
_KEPT_WHEN_UNDECLARED = (
    "dbtVersion",
    "deferringEnvironmentId",
    "deferringJobId",
    "scheduleCron",
    "scheduleDays",
    "scheduleHours",
)
"""Properties that stay set in dbt Cloud unless they are declared otherwise, and so differ when undeclared."""


def properties(job: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the provider's outputs for a job.

    Args:
        job: The job, as the API describes it.
        declared: The inputs of the resource it is to become: what the provider reads depends on some of them.
    """
    schedule = job.get("schedule") or {}
    date, time = schedule.get("date") or {}, schedule.get("time") or {}
    settings, triggers = job.get("settings") or {}, job.get("triggers") or {}
    deferring_job = job.get("deferring_job_definition_id")
    is_ci_or_merge = job.get("job_type") in ("ci", "merge")
    timeout_seconds = (job.get("execution") or {}).get("timeout_seconds") or 0
    found = {
        "compareChangesFlags": job.get("compare_changes_flags") or "",
        "costOptimizationFeatures": []
        if is_ci_or_merge
        else job.get("cost_optimization_features") or [],
        "dbtVersion": job.get("dbt_version"),
        "deferringEnvironmentId": job.get("deferring_environment_id"),
        "deferringJobId": None if deferring_job == job["id"] else deferring_job,
        "description": job.get("description") or "",
        "environmentId": job["environment_id"],
        "errorsOnLintFailure": bool(job.get("errors_on_lint_failure")),
        "executeSteps": job.get("execute_steps") or [],
        "execution": {"timeoutSeconds": timeout_seconds},
        "forceNodeSelection": None if is_ci_or_merge else job.get("force_node_selection"),
        "generateDocs": bool(job.get("generate_docs")),
        "id": str(job["id"]),
        "isActive": job.get("state") == 1,
        "jobCompletionTriggerConditions": _conditions(job, declared),
        "jobId": job["id"],
        "jobType": job.get("job_type") or None,
        "name": job["name"],
        "numThreads": settings.get("threads") or 0,
        "projectId": job["project_id"],
        "runCompareChanges": bool(job.get("run_compare_changes")),
        "runGenerateSources": bool(job.get("run_generate_sources")),
        "runLint": bool(job.get("run_lint")),
        "scheduleCron": None if date.get("type") == "interval_cron" else date.get("cron"),
        "scheduleDays": date.get("days"),
        "scheduleHours": time.get("hours"),
        "scheduleInterval": int(time.get("interval") or 1),
        "scheduleType": date.get("type") or "",
        "selfDeferring": deferring_job == job["id"],
        "targetName": settings.get("target_name") or "",
        "timeoutSeconds": 0,
        "triggers": {
            "gitProviderWebhook": bool(triggers.get("git_provider_webhook")),
            "githubWebhook": bool(triggers.get("github_webhook")),
            "onMerge": bool(triggers.get("on_merge")),
            "schedule": bool(triggers.get("schedule")),
        },
        "triggersOnDraftPr": bool(job.get("triggers_on_draft_pr")),
        # A switch of the provider, not of dbt Cloud.
        "validateExecuteSteps": declared.get("validateExecuteSteps", False),
    }
    return {key: value for key, value in found.items() if value is not None}


def inputs(found: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that are inputs: those that are declared, and those that a person has chosen otherwise.

    Of the schedule only the properties of the kind that the job has: the provider refuses them together.
    """
    way = "scheduleHours" if found.get("scheduleHours") else "scheduleInterval"
    if found["scheduleType"] == "custom_cron":
        way = "scheduleCron"
    keys = {*declared, *_KEPT_WHEN_UNDECLARED} - (_SCHEDULE_WAYS - {way})
    return {key: found[key] for key in found if key in keys}


def differences(
    found: Mapping[str, Any], declared: Mapping[str, Any], unknown: str
) -> dict[str, str]:
    """Return what `pulumi up` would change: by setting, as the components call it, what it is now and what is declared.

    Args:
        found: From `properties`.
        declared: The inputs of the resource it is to become.
        unknown: How a value that is not known yet is marked; it is not compared.
    """
    keys = [*declared, *(key for key in _KEPT_WHEN_UNDECLARED if key not in declared)]
    differing: dict[str, str] = {}
    for key in keys:
        if key in DERIVED or declared.get(key) == unknown:
            continue
        if declared.get(key) != found.get(key):
            both = f"{_brief(found.get(key))}; declared: {_brief(declared.get(key))}"
            differing.setdefault(_setting(key), both)
    return differing


def is_ci(triggers: Mapping[str, Any]) -> bool:
    """Tell whether a job with these triggers, as the provider names them, is a CI job."""
    return bool(triggers.get("githubWebhook") or triggers.get("gitProviderWebhook"))


def _conditions(job: Mapping[str, Any], declared: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the completion trigger; the provider reads it only where this resource has set it."""
    trigger = job.get("job_completion_trigger_condition")
    if not trigger or not declared.get("jobCompletionTriggerConditions"):
        return []
    names = {10: "success", 20: "error", 30: "canceled"}
    condition = trigger["condition"]
    return [
        {
            "jobId": condition["job_id"],
            "projectId": condition["project_id"],
            "statuses": [names[status] for status in condition["statuses"]],
        }
    ]


def _setting(key: str) -> str:
    """Write `numThreads` as `num_threads`, and everything of the schedule as `schedule`."""
    if key.startswith(_SCHEDULE):
        return _SCHEDULE
    if key in _SETTINGS:
        return _SETTINGS[key]
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


def _brief(value: object) -> str:
    if isinstance(value, Mapping):
        switches = [_setting(name) for name, item in value.items() if item is True]
        others = [str(item) for item in value.values() if not isinstance(item, bool)]
        return ", ".join([*switches, *others]) or "none"
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "not set" if value in (None, "") else str(value)
