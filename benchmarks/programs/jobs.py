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


def outputs(job: dbtcloud.Job) -> dict[str, pulumi.Output[Any]]:
    """Return what the component of a job has as outputs: number, name and page."""
    page = job.job_id.apply(
        lambda number: f"http://127.0.0.1:8765/deploy/1/projects/10/jobs/{number}"
    )
    return {"job_id": job.job_id, "name": job.name, "url": page}


def idle_hooks() -> pulumi.ResourceHookBinding:
    """Return hooks for the same moments as those of the guards; and import pydantic, with one model."""
    from pydantic import BaseModel, Field

    class Settings(BaseModel, defer_build=True):
        number: int = Field(gt=0)

    async def nothing(_: pulumi.ResourceHookArgs) -> None:
        """Do nothing."""

    in_preview_too = pulumi.ResourceHookOptions(on_dry_run=True)
    return pulumi.ResourceHookBinding(
        before_create=[pulumi.ResourceHook("datafold: before create", nothing, in_preview_too)],
        before_update=[pulumi.ResourceHook("datafold: before update", nothing, in_preview_too)],
        after_create=[pulumi.ResourceHook("datafold: after create", nothing)],
    )
