"""The GitHub Actions workflow that starts the merge job.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from typing import Any

from pulumi_dbtcloud_datafold.pipeline.settings import TOKEN_VARIABLE, PipelineSettings

RUNNER = "ubuntu-latest"


def workflow(
    script: str, variables: dict[str, str], settings: PipelineSettings, job_id: int
) -> dict[str, Any]:
    """Return the workflow, as the data that YAML is made from.

    Args:
        script: The program that starts the job and follows its run.
        variables: What it reads from the environment, without what only the git host knows.
        settings: What the pipeline looks like.
        job_id: The job that is started.
    """
    return {
        "name": f"dbt Cloud merge job {job_id}",
        "on": {"push": {"branches": [settings.branch]}},
        # The workflow's own token is of no use to it.
        "permissions": {},
        # One run at a time; later merges wait in order, and none is cancelled.
        "concurrency": {
            "group": f"dbt-cloud-job-{job_id}",
            "cancel-in-progress": False,
            "queue": "max",
        },
        "jobs": {
            "merge-job": {
                "name": "Start the merge job and follow its run",
                "runs-on": RUNNER,
                "timeout-minutes": settings.timeout_minutes,
                "steps": [
                    {
                        "name": "Run the dbt Cloud job",
                        # Isolated, so no file or variable changes what it imports; unbuffered, for a live log.
                        "shell": "python3 -I -u {0}",
                        "env": {
                            **variables,
                            TOKEN_VARIABLE: _expression(f"secrets.{settings.secret_name}"),
                            "DBT_CLOUD_GIT_SHA": _expression("github.sha"),
                            "DBT_CLOUD_GIT_BRANCH": _expression("github.ref_name"),
                            "DBT_CLOUD_STARTED_BY": f"GitHub Actions run {_expression('github.run_id')}, "
                            f"attempt {_expression('github.run_attempt')}",
                        },
                        "run": script,
                    }
                ],
            }
        },
    }


def _expression(text: str) -> str:
    return f"${{{{ {text} }}}}"
