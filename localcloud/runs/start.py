"""The start of a run: by the API, by a retry, or by a trigger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localcloud.clock import spaced
from localcloud.runs import lifecycle, steps
from localcloud.state.store import Doc, Session

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
"""The settings in which a run may differ from its job. Source: dbt Cloud's OpenAPI, version 2."""

_DEFAULT_CONNECTION = "DuckDB"


@dataclass
class RunChanges:
    """What the executor gets after the commit.

    Attributes:
        started: Runs that were queued.
        cancelled: Runs that were cancelled, whose work is to stop.
    """

    started: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)


def start_run(
    session: Session,
    job: Doc,
    now: datetime,
    changes: RunChanges,
    *,
    cause: str,
    cause_category: str,
    overrides: Mapping[str, Any] | None = None,
    retrying: Doc | None = None,
    chain: tuple[int, ...] = (),
) -> Doc:
    """Store a queued run of `job`.

    A CI run for a pull request builds into that pull request's own schema.

    Args:
        session: The state, in a writing transaction.
        job: The job, as stored.
        now: The time of queueing.
        changes: Collects what the executor gets after the commit.
        cause: Why, in words.
        cause_category: `api`, `ci`, `scheduled`, `merge`, `rerun` or `job completion`.
        overrides: What differs from the job, by the names of the API's run request:
            `git_sha`, `git_branch`, `schema_override`, `steps_override`, ...
        retrying: The run that this one retries.
        chain: The jobs whose completion led to this run, the first one first.
    """
    overridden = {key: value for key, value in (overrides or {}).items() if value is not None}
    environment = session.get("environment", job["environment_id"])
    if environment is None:
        message = f"job {job['id']} is in environment {job['environment_id']}, which does not exist"
        raise LookupError(message)
    number = pull_request_of(overridden)
    if job["job_type"] == "ci" and number is not None:
        overridden.setdefault("schema_override", pull_request_schema(job["id"], number))
    trigger_id = session.next_id()
    trigger = {
        "id": trigger_id,
        "cause": cause,
        "cause_humanized": cause,
        "cause_category": cause_category,
        "job_definition_id": job["id"],
        **{name: overridden.get(name) for name in OVERRIDES},
        "created_at": spaced(now),
    }
    planned = _steps(session, job, environment, overridden)
    failed = None if retrying is None else failed_step(retrying)
    if retrying is not None and failed is not None:
        planned = steps.after_failure(retrying["run_steps"], failed)
        trigger["git_sha"] = retrying["git_sha"] or trigger["git_sha"]
    run = lifecycle.new_run(job, environment, planned, trigger, now)
    run.update(id=session.next_id(), completion_chain=list(chain))
    run["retrying_run_id"] = retrying and retrying["id"]
    if overridden.get("dbt_version_override"):
        run["dbt_version"] = overridden["dbt_version_override"]
    run = session.add("run", run)
    changes.started.append(run["id"])
    return run


def pull_request_of(trigger: Mapping[str, Any]) -> int | None:
    """The number of the pull request that a run is for."""
    numbers = (trigger.get(name) for name in PULL_REQUEST_IDS)
    return next((number for number in numbers if number is not None), None)


def pull_request_schema(job_id: int, number: int) -> str:
    """The schema that a job builds a pull request into.

    Source: https://docs.getdbt.com/docs/deploy/ci-jobs
    """
    return f"dbt_cloud_pr_{job_id}_{number}"


def failed_step(run: Doc) -> Doc | None:
    """The failed command of the run; none if no command failed."""
    for step in run["run_steps"]:
        if step["status"] == lifecycle.Status.ERROR and not step["may_fail"]:
            return step if step["kind"] == steps.Kind.COMMAND else None
    return None


def _steps(
    session: Session, job: Doc, environment: Doc, overridden: Mapping[str, Any]
) -> list[Doc]:
    connection_id = environment["connection_id"]
    connection = session.get("connection", connection_id) if connection_id else None
    return steps.of_run(
        overridden.get("steps_override") or job["execute_steps"],
        connection=connection["name"] if connection else _DEFAULT_CONNECTION,
        schema_override=overridden.get("schema_override"),
        freshness=job["run_generate_sources"],
        docs=overridden.get("generate_docs_override", job["generate_docs"]),
    )
