"""Deactivation: dbt Cloud stops starting a job after 100 failed runs in a row.

Only a person or the API starts a deactivated job. Such a run reactivates it, and so does a change of its
settings; that a run by the API does is an inference. Here a control route deactivates jobs;
failed runs are not counted. Source: https://docs.getdbt.com/docs/deploy/job-scheduler
"""

from localcloud.state.query import Condition
from localcloud.state.store import Doc, Session

FAILURES = 100
"""How many runs of a job have failed in a row when it is deactivated."""

REACTIVATED: Doc = {"deactivated": False, "run_failure_count": 0}
"""The fields of an active job."""

DEACTIVATED: Doc = {"deactivated": True, "run_failure_count": FAILURES}
"""The fields of a deactivated job."""

IS_ACTIVE = Condition("json_extract(doc, '$.deactivated') IS NOT 1", ())
"""Selects jobs that are not deactivated."""


def reactivate(session: Session, job: Doc) -> Doc:
    """The job, active."""
    return session.put("job", {**job, **REACTIVATED}) if job.get("deactivated") else job
