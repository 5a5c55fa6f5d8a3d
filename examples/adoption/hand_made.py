"""Make three jobs in the local dbt Cloud, as somebody once did in yours by hand: `python hand_made.py`."""

import json
import os
import urllib.request

NO_TRIGGERS = {
    "schedule": False,
    "github_webhook": False,
    "git_provider_webhook": False,
    "on_merge": False,
}
JOBS = {
    "production": {
        "name": "Nightly build",
        "environment_id": 101,
        "execute_steps": ["dbt build"],
        "triggers": {**NO_TRIGGERS, "schedule": True},
        "schedule": {
            "date": {"type": "every_day"},
            "time": {"type": "at_exact_hours", "hours": [3]},
        },
    },
    "pull_request": {
        "name": "Slim CI",
        "environment_id": 102,
        "execute_steps": ["dbt build --select state:modified+"],
        "triggers": {**NO_TRIGGERS, "github_webhook": True, "git_provider_webhook": True},
        "deferring_environment_id": 101,
    },
    "merge": {
        "name": "Deploy",
        "environment_id": 101,
        "execute_steps": ["dbt run", "dbt test"],
        "triggers": {**NO_TRIGGERS, "on_merge": True},
    },
}


def make(job: dict[str, object]) -> int:
    """Make a job and return its number."""
    body = {"id": None, "account_id": 1, "project_id": 10, "state": 1, **job}
    request = urllib.request.Request(  # noqa: S310 - the local dbt Cloud's address
        f"{os.environ['DBT_CLOUD_HOST_URL']}/v2/accounts/1/jobs/",
        json.dumps(body).encode(),
        {
            "Authorization": f"Token {os.environ['DBT_CLOUD_TOKEN']}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request) as response:  # noqa: S310 - the same
        return int(json.load(response)["data"]["id"])


for role, job in JOBS.items():
    print(f"pulumi config set --path 'jobs.{role}' {make(job)}")
