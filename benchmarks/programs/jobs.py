"""The three jobs of a dbt project as bare resources: what the components declare with their defaults."""

from typing import Any

import pulumi
import pulumi_dbtcloud as dbtcloud

HOUR = 3_600
DAY = 86_400


def job(
    name: str, role: str, project: dict[str, Any], opts: pulumi.ResourceOptions
) -> dbtcloud.Job:
    """Declare the job of one role: `production`, `pull-request` or `merge`."""
    in_production = {"environment_id": project["production"]}
    roles: dict[str, dict[str, Any]] = {
        "production": {
            **in_production,
            "name": "Production",
            "execute_steps": ["dbt build"],
            "schedule_type": "every_day",
            "schedule_hours": [2],
            "timeout": DAY,
        },
        "pull-request": {
            "environment_id": project["pull_request"],
            "deferring_environment_id": project["production"],
            "name": "Pull requests",
            "execute_steps": ["dbt build --select state:modified+"],
            "triggers_on_draft_pr": False,
            "run_lint": False,
            "errors_on_lint_failure": True,
            "run_compare_changes": False,
            "compare_changes_flags": "--select state:modified",
            "timeout": HOUR,
        },
        "merge": {
            **in_production,
            "name": "Merge",
            "execute_steps": ["dbt build"],
            "timeout": DAY,
        },
    }
    inputs = roles[role]
    return dbtcloud.Job(
        f"{name}-{role}-job",
        project_id=project["id"],
        description="",
        num_threads=4,
        generate_docs=False,
        run_generate_sources=False,
        target_name="default",
        execution=dbtcloud.JobExecutionArgs(timeout_seconds=inputs.pop("timeout")),
        triggers=dbtcloud.JobTriggersArgs(
            schedule=role == "production",
            github_webhook=role == "pull-request",
            git_provider_webhook=role == "pull-request",
            on_merge=role == "merge",
        ),
        **inputs,
        opts=opts,
    )
