"""Whether dbt Cloud hears of the pull requests and merges that are to start a job.

Source: https://docs.getdbt.com/docs/deploy/ci-jobs , https://docs.getdbt.com/docs/deploy/merge-jobs
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from pulumi_dbtcloud_datafold.account.connection import Connection
from pulumi_dbtcloud_datafold.engine.account_contents import clone_strategy

DEPLOY_KEY = "deploy_key"
"""The git clone strategy of a repository that is attached by its address alone."""


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
    strategy = await clone_strategy(connection, int(project_id))
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
