"""Jobs as dbt Cloud's API describes them, in the style of real ones."""

import copy

BASE = {
    "description": "",
    "dbt_version": None,
    "execute_steps": ["dbt build"],
    "generate_docs": False,
    "run_generate_sources": False,
    "settings": {"threads": 4, "target_name": "default"},
    "execution": {"timeout_seconds": 86_400},
    "triggers": {},
    "schedule": {
        "cron": "0 * * * *",
        "date": {"type": "every_day"},
        "time": {"type": "every_hour", "interval": 1},
    },
    "deferring_environment_id": None,
    "deferring_job_definition_id": None,
    "triggers_on_draft_pr": False,
    "run_compare_changes": False,
    "compare_changes_flags": "--select state:modified",
    "run_lint": False,
    "errors_on_lint_failure": True,
    "job_completion_trigger_condition": None,
    "cost_optimization_features": [],
}

SCHEDULED = {"triggers": {"schedule": True}}
MERGE = {"triggers": {"on_merge": True}}
CI = {
    "triggers": {"github_webhook": True, "git_provider_webhook": True},
    "execute_steps": ["dbt build --select state:modified+"],
    "execution": {"timeout_seconds": 3600},
}


def hours(*hours, days=None):
    date = {"type": "days_of_week", "days": days} if days else {"type": "every_day"}
    at = ",".join(map(str, hours))
    return {
        "schedule": {
            "cron": f"0 {at} * * {','.join(map(str, days)) if days else '*'}",
            "date": date,
            "time": {"type": "at_exact_hours", "hours": list(hours)},
        }
    }


def interval(every, days=None):
    date = {"type": "days_of_week", "days": days} if days else {"type": "every_day"}
    return {
        "schedule": {
            "cron": f"0 {'*' if every == 1 else f'*/{every}'} * * *",
            "date": date,
            "time": {"type": "every_hour", "interval": every},
        }
    }


def cron(expression):
    return {
        "schedule": {
            "cron": expression,
            "date": {"type": "custom_cron", "cron": expression},
            "time": {"type": "every_hour", "interval": 1},
        }
    }


def interval_cron(expression):
    every = int(expression.split()[1].removeprefix("*/"))
    return {
        "schedule": {
            "cron": expression,
            "date": {"type": "interval_cron", "cron": expression},
            "time": {"type": "every_hour", "interval": every},
        }
    }


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
    job = {
        **copy.deepcopy(BASE),
        **sent,
        "id": number,
        "project_id": project_id,
        "environment_id": environment_id,
        "state": 1,
    }
    triggers = job["triggers"]
    if "job_type" not in sent:
        is_ci = triggers.get("github_webhook") or triggers.get("git_provider_webhook")
        is_merge = triggers.get("on_merge")
        job["job_type"] = (
            "ci"
            if is_ci
            else "merge"
            if is_merge
            else "scheduled"
            if triggers.get("schedule")
            else "other"
        )
    return job
