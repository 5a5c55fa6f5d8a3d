"""Whether the jobs and environments that the settings of a job name by their numbers exist.

dbt Cloud refuses such a job when it is created or changed, which is after others have been.
"""

from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from pulumi_dbtcloud_datafold import ConfigurationError, Problem
from pulumi_dbtcloud_datafold.dbt_cloud_api import DbtCloudApi, DbtCloudError
from pulumi_dbtcloud_datafold.job import JobSettings

from infra.project import ProjectConfig

BLOCKS = ("production_job", "pull_request_job", "merge_job", "artifacts_job")


def require(projects: Mapping[str, ProjectConfig], source: str, api: DbtCloudApi) -> None:
    """Refuse a number that nothing has; only what is written is asked for.

    Args:
        projects: The projects, by their keys in the stack file.
        source: File that errors name.
        api: Answers.

    Raises:
        ConfigurationError: There is no such job or environment.
        DbtCloudError: dbt Cloud does not answer.
    """
    problems = [
        Problem(
            f"projects.{name}.{block}.{key}",
            f"there is no {kind} {number} that the token sees",
            f"compare it with the number after /{kind}s/ in the URL of the {kind} in dbt Cloud",
        )
        for name, project in projects.items()
        for block in BLOCKS
        if (settings := getattr(project, block))
        for key, kind, number in _named(settings)
        if _is_missing(number, api.job if kind == "job" else api.environment)
    ]
    if problems:
        raise ConfigurationError(source, problems)


def _named(settings: JobSettings) -> Iterator[tuple[str, str, int]]:
    """Return where a block names something, what it is, and its number."""
    for key, kind in (("deferring_job_id", "job"), ("deferring_environment_id", "environment")):
        if number := getattr(settings, key, None):
            yield key, kind, number
    if condition := getattr(settings, "job_completion_trigger_condition", None):
        yield "job_completion_trigger_condition.job_id", "job", condition.job_id


def _is_missing(number: int, ask: Callable[[int], Any]) -> bool:
    try:
        ask(number)
    except DbtCloudError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return True
        raise
    return False
