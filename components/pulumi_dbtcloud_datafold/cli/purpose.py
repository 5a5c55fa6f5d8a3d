"""Which jobs of the account do what a declared job is for, however they are called."""

from collections.abc import Iterable
from typing import Any

from pulumi_dbtcloud_datafold.cli.init.recognition import Recognised, Role, recognise
from pulumi_dbtcloud_datafold.cli.preview import Declared

_ROLES: dict[str, Role] = {
    "dbtcloud-datafold:index:ProductionJob": "production_job",
    "dbtcloud-datafold:index:PullRequestJob": "pull_request_job",
    "dbtcloud-datafold:index:MergeJob": "merge_job",
    "dbtcloud-datafold:index:ArtifactsJob": "artifacts_job",
}


def of_same_purpose(
    declared: Declared, environment_id: int | None, jobs: Iterable[dict[str, Any]]
) -> list[Recognised]:
    """Return the jobs that do what the declared job is for, those that fit best.

    Args:
        declared: A job. One that no component of this package declares has no known purpose.
        environment_id: Where it is to run. Jobs that pull requests start count in any environment.
        jobs: Those of its project.
    """
    role = _ROLES.get(_component_type(declared))
    found = [
        job
        for job in recognise(jobs)
        if job.role == role
        and role is not None
        and (role == "pull_request_job" or job.environment_id == environment_id)
    ]
    best = min((job.rank for job in found), default=None)
    return [job for job in found if job.rank == best]


def _component_type(declared: Declared) -> str:
    types = declared.urn.split("::")[2].split("$")
    return types[-2] if len(types) > 1 else ""
