"""Whether the jobs and environments that the settings of a job name by their numbers exist.

dbt Cloud refuses such a job when it is created or changed, which is after others have been.
"""

from collections.abc import Iterator, Mapping
from functools import partial

from pulumi_dbtcloud_datafold import ConfigurationError, Problem
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, if_there
from pulumi_dbtcloud_datafold.jobs.settings import JobSettings

from infra.project import ProjectConfig


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
        for block, settings in project.jobs.items()
        for key, kind, number in _named(settings)
        if if_there(partial(api.job if kind == "job" else api.environment, number)) is None
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
