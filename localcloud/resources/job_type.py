"""Which type a job is: inferred from what is sent and from its triggers."""

from localcloud.http.errors import InvalidRequestError
from localcloud.state.store import Doc

_LASTING = ("ci", "adaptive")
"""Types that a job keeps for ever."""


def inferred(sent: str | None, triggers: Doc, old: str | None) -> str:
    """The type of a job with those triggers.

    Args:
        sent: `job_type` of the request, if any.
        triggers: The triggers as they will be.
        old: The type the job has, if it exists.

    Source: the provider's `obj/job` and its changelog, 1.12.2 (`scheduled` and `other` are always
    derived anew), and its tests (`ci` with every trigger off stays `ci`).

    Raises:
        InvalidRequestError: The triggers exclude each other, or the job would change into or out
            of a type that is for life.
    """
    webhook = triggers["github_webhook"] or triggers["git_provider_webhook"]
    on_merge, schedule = triggers["on_merge"], triggers["schedule"]
    if on_merge and (webhook or schedule):
        raise InvalidRequestError({"triggers": "on_merge excludes every other trigger"})
    wanted = sent or (old if old in _LASTING else None)
    if on_merge:
        found = "merge"
    elif webhook or (wanted == "ci" and not schedule):
        found = "ci"
    elif wanted == "adaptive":
        found = "adaptive"
    else:
        found = "scheduled" if schedule else "other"
    if old is not None and found != old and (old in _LASTING or found in _LASTING):
        may = f"only be {old}" if old in _LASTING else f"not become {found}"
        problem = f"the type of this job may {may}; make a new job instead"
        raise InvalidRequestError({"job_type": problem})
    return found
