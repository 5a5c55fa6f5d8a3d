"""The GitLab CI job that starts the merge job.

Source: https://docs.gitlab.com/ci/yaml/
"""

from typing import Any

from pulumi_dbtcloud_datafold.pipeline.settings import TOKEN_VARIABLE, PipelineSettings

IMAGE = "python:3.14-slim"
"""Docker's official image; an older version is in security support for five years after its release."""

_END = "END_OF_RUN_JOB"


def configuration(
    script: str, variables: dict[str, str], settings: PipelineSettings, job_id: int
) -> dict[str, Any]:
    """Return the file that `.gitlab-ci.yml` includes, as the data that YAML is made from.

    It has no `resource_group`: GitLab would then start waiting jobs in any order, unless its API changes that, and an
    older commit could be built last. dbt Cloud itself runs a job's runs one after another, in the order
    they were started.

    Args:
        script: The program that starts the job and follows its run.
        variables: What it reads from the environment, without what only the git host knows.
        settings: What the pipeline looks like.
        job_id: The job that is started.
    """
    variables = {
        # Nothing of the repository is needed.
        "GIT_STRATEGY": "none",
        **variables,
        "DBT_CLOUD_GIT_SHA": "$CI_COMMIT_SHA",
        "DBT_CLOUD_GIT_BRANCH": "$CI_COMMIT_BRANCH",
        "DBT_CLOUD_STARTED_BY": "GitLab job $CI_JOB_ID",
    }
    if settings.secret_name != TOKEN_VARIABLE:
        variables[TOKEN_VARIABLE] = f"${settings.secret_name}"
    on_merge = f'$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "{settings.branch}"'
    return {
        # GitLab merges jobs of one name: of two included files only one would do anything.
        f"dbt-cloud-merge-{job_id}": {
            "image": IMAGE,
            "rules": [{"if": on_merge}],
            # A later merge does not cancel this one.
            "interruptible": False,
            "timeout": f"{settings.timeout_minutes} minutes",
            "variables": variables,
            # Isolated, so no file or variable changes what it imports; unbuffered, for a live log.
            "script": [f"python3 -I -u - <<'{_END}'\n{script}{_END}\n"],
        }
    }
