"""Deferral: the manifest of the earlier run that a job defers to.

Source: https://docs.getdbt.com/docs/deploy/ci-jobs (the newest successful run of any job of an
environment; or, the older way, of one job).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from localcloud.runs.lifecycle import Status
from localcloud.state.artifacts import Artifacts
from localcloud.state.query import Condition, equals
from localcloud.state.store import Doc, Session


class DeferralError(Exception):
    """There is no manifest to defer to; the text says where one was looked for."""


@dataclass(frozen=True)
class Deferral:
    """What a run defers to.

    Attributes:
        run_id: The earlier run.
        source: What that run belongs to, in words.
        manifest: Its `manifest.json`.
    """

    run_id: int
    source: str
    manifest: bytes


def newest_manifest(session: Session, artifacts: Artifacts, job: Doc) -> Deferral | None:
    """What a run of `job` defers to; none if the job does not defer.

    Successful runs without a manifest, such as those of `dbt source freshness`, do not count.

    Raises:
        DeferralError: The job defers, and there is nothing yet to defer to.
    """
    environment_id, job_id = job["deferring_environment_id"], job["deferring_job_definition_id"]
    if environment_id:
        environment = session.get("environment", environment_id)
        source = f"of environment {environment_id} ({environment['name'] if environment else '-'})"
        where = equals("environment_id", environment_id)
    elif job_id:
        source, where = f"of job {job_id}", equals("job_id", job_id)
    else:
        return None
    for run in _newest_first(session, [where, equals("status", int(Status.SUCCESS))]):
        manifest = artifacts.read(run["id"], "manifest.json")
        if manifest is not None:
            return Deferral(run["id"], source, manifest)
    message = (
        f"Nothing to defer to: no run {source} has succeeded and left a manifest.json yet. "
        "Let one of its jobs run to success (dbt parse is enough), then start this run again."
    )
    raise DeferralError(message)


def _newest_first(session: Session, where: list[Condition]) -> Iterator[Doc]:
    offset = 0
    while found := session.find("run", where, order_by="-id", limit=1, offset=offset):
        yield from found
        offset += 1
