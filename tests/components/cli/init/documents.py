"""Jobs as dbt Cloud's API describes them, in the style of real ones."""

import copy

BASE = {
    **{"description": "", "dbt_version": None, "execute_steps": ["dbt build"], "triggers": {}},
    **{"settings": {"threads": 4, "target_name": "default"}, "run_lint": False},
    **{"execution": {"timeout_seconds": 86_400}, "errors_on_lint_failure": True},
    **dict.fromkeys(("generate_docs", "run_generate_sources", "triggers_on_draft_pr"), False),
    **{"run_compare_changes": False, "compare_changes_flags": "--select state:modified"},
    **dict.fromkeys(("deferring_environment_id", "deferring_job_definition_id")),
    **{"job_completion_trigger_condition": None, "cost_optimization_features": []},
    "schedule": {
        "cron": "0 * * * *",
        "date": {"type": "every_day"},
        "time": {"type": "every_hour", "interval": 1},
    },
}
SCHEDULED = {"triggers": {"schedule": True}}
MERGE = {"triggers": {"on_merge": True}}
CI = {
    "triggers": {"github_webhook": True, "git_provider_webhook": True},
    "execute_steps": ["dbt build --select state:modified+"],
    "execution": {"timeout_seconds": 3600},
}


def schedule(expression, date, time):
    return {"schedule": {"cron": expression, "date": date, "time": time}}


def on(days):
    return {"type": "days_of_week", "days": days} if days else {"type": "every_day"}


def every(count):
    return {"type": "every_hour", "interval": count}


def hours(*hours, days=None):
    at = f"0 {','.join(map(str, hours))} * * {','.join(map(str, days)) if days else '*'}"
    return schedule(at, on(days), {"type": "at_exact_hours", "hours": list(hours)})


def interval(count, days=None):
    return schedule(f"0 {'*' if count == 1 else f'*/{count}'} * * *", on(days), every(count))


def cron(expression):
    return schedule(expression, {"type": "custom_cron", "cron": expression}, every(1))


def interval_cron(expression):
    count = int(expression.split()[1].removeprefix("*/"))
    return schedule(expression, {"type": "interval_cron", "cron": expression}, every(count))


def completed(job_id=None, project_id=None):
    """Started by the end of another job; without a number, by one that is to be made."""
    condition = {"job_id": job_id, "project_id": project_id, "statuses": [10, 20]}
    return {"job_completion_trigger_condition": {"condition": condition}}


def steps(*commands):
    return {"execute_steps": list(commands)}


def threads(count, target="default"):
    return {"settings": {"threads": count, "target_name": target}}


def timeout(seconds):
    return {"execution": {"timeout_seconds": seconds}}


def nightly(name, *parts):
    return body(name, SCHEDULED, hours(2), *parts)


def ci(name, *parts):
    return body(name, CI, *parts)


def merge(name, *parts):
    return body(name, MERGE, *parts)


def hourly(name, *parts):
    return body(name, SCHEDULED, interval(1), timeout(1800), steps("dbt compile"), *parts)


def body(name, *parts):
    """What is sent to make a job."""
    made = {"name": name}
    for part in parts:
        made |= part
    return copy.deepcopy(made)


def document(number, sent, environment_id=101, project_id=10):
    """What dbt Cloud answers for a job that was made so; as of old jobs, `triggers` has only what was set."""
    place = {"project_id": project_id, "environment_id": environment_id}
    job = {**copy.deepcopy(BASE), **sent, "id": number, **place, "state": 1}
    triggers = job["triggers"]
    if "job_type" not in sent:
        kinds = {"github_webhook": "ci", "git_provider_webhook": "ci", "on_merge": "merge"}
        found = [
            kind for by, kind in (kinds | {"schedule": "scheduled"}).items() if triggers.get(by)
        ]
        job["job_type"] = [*found, "other"][0]
    return job
