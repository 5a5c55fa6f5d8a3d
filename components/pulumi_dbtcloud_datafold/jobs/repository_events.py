"""Whether dbt Cloud hears of the pull requests and merges that are to start a job.

Source: https://docs.getdbt.com/docs/deploy/ci-jobs , https://docs.getdbt.com/docs/deploy/merge-jobs
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, if_there
from pulumi_dbtcloud_datafold.account.connection import Address, Connection
from pulumi_dbtcloud_datafold.engine.account_questions import Once, ask
from pulumi_dbtcloud_datafold.engine.run_context import run_context

DEPLOY_KEY = "deploy_key"
"""The git clone strategy of a repository that is attached by its address alone."""


class _Strategies(Once[tuple[Address, int], str | None]):
    """How dbt Cloud clones the repository of each project, which is asked once for all its jobs."""


def waits_for(inputs: Mapping[str, Any]) -> str | None:
    """Return the event that starts a job with these inputs of the provider; None if none does."""
    triggers = inputs.get("triggers") or {}
    if triggers.get("githubWebhook") or triggers.get("gitProviderWebhook"):
        return "a pull request"
    return "a merge" if triggers.get("onMerge") else None


async def warn(connection: Connection, inputs: Mapping[str, Any]) -> None:
    """Warn of a job that waits for an event of which dbt Cloud never hears.

    Raises:
        DbtCloudError: dbt Cloud cannot be reached.
    """
    event, project_id = waits_for(inputs), inputs.get("projectId")
    if event is None or not isinstance(project_id, int | float):
        return
    place = (connection.address, int(project_id))
    strategy = (
        await run_context()
        .part(_Strategies)
        .ask(place, lambda: ask(connection, lambda api: _strategy(api, int(project_id))))
    )
    if strategy == DEPLOY_KEY:
        way = (
            "connect dbt Cloud's integration with the git host and attach the repository through it"
            if event == "a pull request"
            else "write `trigger: pipeline` in merge_job (docs/pipeline.md)"
        )
        pulumi.log.warn(
            f"'{inputs.get('name')}' waits for {event}, and the repository of project {int(project_id)} is cloned by a "
            f"deploy key: dbt Cloud gets no event, so the job never starts. Way out: {way}"
        )


def _strategy(api: DbtCloudApi, project_id: int) -> str | None:
    """Return how dbt Cloud clones the repository of a project; None if it has none, or the token does not see it."""
    project = if_there(lambda: api.project(project_id))
    attached = project and project.get("repository_id")
    if not attached:
        return None
    repositories = if_there(lambda: api.repositories(project_id)) or []
    return next(
        (one.get("git_clone_strategy") for one in repositories if one["id"] == attached), None
    )
