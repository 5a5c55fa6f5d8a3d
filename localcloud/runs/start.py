"""How a run comes to be: by the API, by a retry, or by a trigger."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from localcloud.clock import spaced
from localcloud.runs import lifecycle
from localcloud.store import Doc, Session


def start_run(
    session: Session,
    job: Doc,
    now: datetime,
    *,
    cause: str,
    cause_category: str,
    overrides: Mapping[str, Any] | None = None,
    retrying: Doc | None = None,
) -> Doc:
    """Store a queued run of `job`. The caller hands its id to the executor after the commit.

    Args:
        session: The state, in a writing transaction.
        job: The job, as stored.
        now: The time of queueing.
        cause: Why, in words.
        cause_category: `api`, `ci`, `scheduled`, `merge`, `rerun` or `job completion`.
        overrides: What differs from the job, by the names of the API's run request:
            `git_sha`, `git_branch`, `schema_override`, `steps_override`, ...
        retrying: The run that this one takes up again.
    """
    given = {key: value for key, value in (overrides or {}).items() if value is not None}
    environment = session.get("environment", job["environment_id"])
    if environment is None:
        message = f"job {job['id']} is in environment {job['environment_id']}, which is nowhere"
        raise LookupError(message)
    steps = given.get("steps_override") or _steps(job)
    run_id, trigger_id = session.next_id(), session.next_id()
    trigger = {
        "id": trigger_id,
        "cause": cause,
        "cause_humanized": cause,
        "cause_category": cause_category,
        "job_definition_id": job["id"],
        **{name: given.get(name) for name in OVERRIDES},
        "created_at": spaced(now),
    }
    run = lifecycle.new_run(job, environment, steps, trigger, now)
    run.update(id=run_id, retrying_run_id=retrying and retrying["id"])
    if given.get("dbt_version_override"):
        run["dbt_version"] = given["dbt_version_override"]
    return session.add("run", run)


PULL_REQUEST_IDS = (
    "azure_pull_request_id",
    "github_pull_request_id",
    "gitlab_merge_request_id",
    "non_native_pull_request_id",
)
"""Where a run says its pull request, by the git provider."""

OVERRIDES = (
    "git_sha",
    "git_branch",
    *PULL_REQUEST_IDS,
    "schema_override",
    "dbt_version_override",
    "threads_override",
    "target_name_override",
    "generate_docs_override",
    "timeout_seconds_override",
    "steps_override",
)
"""What a run may have otherwise than its job. Source: dbt Cloud's OpenAPI, version 2."""


def _steps(job: Doc) -> list[str]:
    """The job's commands, with source freshness before and docs after, where switched on."""
    before = ["dbt source freshness"] if job["run_generate_sources"] else []
    after = ["dbt docs generate"] if job["generate_docs"] else []
    return [*before, *job["execute_steps"], *after]
