"""A job as the API has it, and how its parts follow from the properties of a `Job`.

The official provider reads a job into a structure of its own and sends that structure back, so fields
that it does not know are not sent.

Source: https://github.com/dbt-labs/terraform-provider-dbtcloud, pkg/dbt_cloud/job.go and
pkg/framework/objects/job/resource.go; what is sent was also recorded.
"""

from collections.abc import Mapping
from typing import Any

from toolchain.fake_provider.api import STATE_ACTIVE, Document, picked
from toolchain.fake_provider.values import UNKNOWN, Properties, known

TRIGGERS = {
    "githubWebhook": "github_webhook",
    "gitProviderWebhook": "git_provider_webhook",
    "schedule": "schedule",
    "onMerge": "on_merge",
}
"""The property of each trigger, and its field."""

FLAGS = {
    "errorsOnLintFailure": "errors_on_lint_failure",
    "generateDocs": "generate_docs",
    "runCompareChanges": "run_compare_changes",
    "runGenerateSources": "run_generate_sources",
    "runLint": "run_lint",
    "triggersOnDraftPr": "triggers_on_draft_pr",
}
"""The property of each switch, and its field."""

_STATUSES = {"success": 10, "error": 20, "canceled": 30}


def created(planned: Properties, account_id: int) -> Document:
    """The body that creates a job."""
    body = {
        "id": None,
        "account_id": account_id,
        **_simple_fields(planned),
        "cost_optimization_features": known(planned.get("costOptimizationFeatures")),
        "deferring_environment_id": planned.get("deferringEnvironmentId"),
        "deferring_job_definition_id": planned.get("deferringJobId"),
        "schedule": _created_schedule(planned),
        "state": STATE_ACTIVE,
    }
    job_type = known(planned.get("jobType")) or _inferred_type(planned)
    if job_type:
        body["job_type"] = job_type
    if is_ci_or_merge(planned):
        body["cost_optimization_features"] = None
    elif isinstance(choice := planned.get("forceNodeSelection"), bool):
        body["force_node_selection"] = choice
    return body


def updated(job: Document, planned: Properties) -> Document:
    """The body that makes of a job what was planned.

    For a CI or a merge job the environment it defers to stays when the declaration no longer names
    one: the official provider does so, and then shows the same change again in each preview.
    """
    body = unchanged(job)
    ci_or_merge = job.get("job_type") in ("ci", "merge")
    body.update(_simple_fields(planned))
    body["schedule"] = {"cron": body["schedule"]["cron"], **_updated_schedule(planned)}
    if planned.get("deferringEnvironmentId"):
        body["deferring_environment_id"] = planned["deferringEnvironmentId"]
    elif not ci_or_merge:
        body["deferring_environment_id"] = None
    body["deferring_job_definition_id"] = (
        job["id"] if planned.get("selfDeferring") is True else planned.get("deferringJobId")
    )
    body.pop("force_node_selection", None)
    # Nor of a job that is to become one: dbt Cloud answers 405 to these fields.
    if not ci_or_merge and not is_ci_or_merge(planned):
        if isinstance(choice := planned.get("forceNodeSelection"), bool):
            body["force_node_selection"] = choice
        if (features := planned.get("costOptimizationFeatures")) not in (None, UNKNOWN):
            body["cost_optimization_features"] = features
    if job_type := known(planned.get("jobType")):
        body["job_type"] = job_type
    return body


def unchanged(job: Document) -> Document:
    """The body that sends a job back as it is."""
    schedule = job.get("schedule") or {}
    date, time = schedule.get("date") or {}, schedule.get("time") or {}
    body = {
        **picked(
            job,
            texts="name compare_changes_flags description",
            numbers="account_id project_id environment_id state",
            flags=" ".join(FLAGS.values()),
            pointers="id cost_optimization_features dbt_version deferring_environment_id "
            "deferring_job_definition_id execute_steps job_completion_trigger_condition",
        ),
        "execution": picked(job.get("execution") or {}, numbers="timeout_seconds"),
        "schedule": {
            "cron": schedule.get("cron") or "",
            "date": {"type": date.get("type") or "", **_present(date, "days", "cron")},
            "time": {"type": time.get("type") or "", **_present(time, "interval", "hours")},
        },
        "settings": picked(job.get("settings") or {}, numbers="threads", texts="target_name"),
        "triggers": picked(job.get("triggers") or {}, flags=" ".join(TRIGGERS.values())),
    }
    return {**body, **_present(job, "force_node_selection", "job_type")}


def is_ci_or_merge(properties: Properties) -> bool:
    """Whether dbt Cloud will take a new job for a CI or a merge job."""
    if known(properties.get("jobType")) in ("ci", "merge"):
        return True
    triggers = properties["triggers"]
    return any(
        triggers.get(name) is True for name in ("githubWebhook", "gitProviderWebhook", "onMerge")
    )


def condition_properties(condition: Mapping[str, Any]) -> Properties:
    """A completion trigger of the API as a property."""
    names = {code: name for name, code in _STATUSES.items()}
    return {
        "jobId": condition["job_id"],
        "projectId": condition["project_id"],
        "statuses": [names[code] for code in condition["statuses"]],
    }


def _simple_fields(planned: Properties) -> Document:
    """The fields that are made the same way on create and on update."""
    execution = planned.get("execution") or {}
    timeout_seconds = execution.get("timeoutSeconds")
    if timeout_seconds is None:
        timeout_seconds = planned.get("timeoutSeconds", 0)
    return {
        **{field: planned[name] for name, field in FLAGS.items()},
        "project_id": planned["projectId"],
        "environment_id": planned["environmentId"],
        "name": planned["name"],
        "compare_changes_flags": planned["compareChangesFlags"],
        "dbt_version": planned.get("dbtVersion"),
        "description": planned["description"],
        "execute_steps": planned["executeSteps"],
        "execution": {"timeout_seconds": timeout_seconds},
        "job_completion_trigger_condition": _condition(planned),
        "settings": {"threads": planned["numThreads"], "target_name": planned["targetName"]},
        "triggers": {
            field: bool(planned["triggers"].get(name)) for name, field in TRIGGERS.items()
        },
    }


def _condition(planned: Properties) -> Document | None:
    for condition in planned["jobCompletionTriggerConditions"]:
        return {
            "condition": {
                "job_id": condition["jobId"],
                "project_id": condition["projectId"],
                "statuses": [_STATUSES[status] for status in condition["statuses"]],
            }
        }
    return None


def _inferred_type(planned: Properties) -> str | None:
    """The type sent for a job declared without one. `githubWebhook` alone is left to the service."""
    if planned["triggers"].get("gitProviderWebhook") is True:
        return "ci"
    if planned["triggers"].get("onMerge") is True:
        return "merge"
    return None


def _time(planned: Properties) -> Document:
    if hours := planned.get("scheduleHours"):
        return {"type": "at_exact_hours", "hours": hours}
    return {"type": "every_hour", "interval": planned["scheduleInterval"]}


def _interval_cron(planned: Properties) -> str:
    # The provider's own fixed minute.
    days = ",".join(str(day) for day in planned.get("scheduleDays", []))
    return f"4 */{planned['scheduleInterval']} * * {days}"


def _created_schedule(planned: Properties) -> Document:
    date = {"type": planned["scheduleType"]}
    match planned["scheduleType"]:
        case "days_of_week":
            date["days"] = planned.get("scheduleDays", [])
        case "interval_cron":
            date["cron"] = _interval_cron(planned)
        case _ if planned.get("scheduleCron"):
            date["cron"] = planned["scheduleCron"]
    return {"cron": "", "date": date, "time": _time(planned)}


def _updated_schedule(planned: Properties) -> Document:
    schedule_type = planned["scheduleType"]
    date = {"type": schedule_type}
    if planned.get("scheduleDays") and schedule_type in ("days_of_week", "interval_cron"):
        date["days"] = planned["scheduleDays"]
    if schedule_type == "interval_cron":
        date["cron"] = _interval_cron(planned)
    elif schedule_type == "custom_cron" and planned.get("scheduleCron"):
        date["cron"] = planned["scheduleCron"]
    return {"date": date, "time": _time(planned)}


def _present(document: Mapping[str, Any], *names: str) -> Document:
    return {name: document[name] for name in names if document.get(name) is not None}
