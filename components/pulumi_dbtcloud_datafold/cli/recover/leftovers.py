"""What an interrupted update has left in dbt Cloud, and what is to become of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pulumi_dbtcloud_datafold.cli.existing import (
    Account,
    Candidate,
    Document,
    EnvironmentFinder,
    Finder,
    JobFinder,
    ServiceTokenFinder,
)
from pulumi_dbtcloud_datafold.cli.preview import Declared, Kind
from pulumi_dbtcloud_datafold.cli.recover.finders import (
    NotificationFinder,
    VariableFinder,
    WebhookFinder,
)
from pulumi_dbtcloud_datafold.cli.recover.interrupted import KINDS, Interrupted, moment

SECRET_IS_LOST: frozenset[Kind] = frozenset({"service_token", "webhook"})
"""dbt Cloud shows the secret of these only where they are made."""
_FOUND_BY_RECORD: frozenset[Kind] = frozenset({"variable", "notification", "webhook"})
"""Looked for only where Pulumi has recorded that they were being created."""
_PLACES: Mapping[str, str] = {"environment": "projectId", "job": "environmentId"}


class Fate(StrEnum):
    """What becomes of a thing that is left."""

    TAKEN_OVER = "taken over"
    REMOVED = "removed"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Leftover:
    """A thing in dbt Cloud that the state does not have.

    Attributes:
        declared: What it was to be.
        candidate: The thing.
        why: The reason for its fate; of what is undecided, what to do.
    """

    declared: Declared
    candidate: Candidate
    fate: Fate
    why: str


def find(
    interrupted: Interrupted, steps: Sequence[Mapping[str, Any]], account: Account
) -> list[Leftover]:
    """Look for everything that the update was creating, or that the program declares and the state does not have.

    Args:
        interrupted: The state.
        steps: Those of a preview.
        account: Where to look.
    """
    if interrupted.since is None:
        return []
    search = _Search(interrupted, account, interrupted.since)
    order = list(KINDS.values())
    declared = sorted(interrupted.declared(steps), key=lambda pair: order.index(pair[0].kind))
    return [leftover for pair in declared for leftover in search.of(*pair)]


class _Search:
    """One search."""

    def __init__(self, interrupted: Interrupted, account: Account, since: datetime) -> None:
        self._interrupted = interrupted
        self._account = account
        self._since = since
        self._finders: dict[Kind, Finder] = {
            "environment": EnvironmentFinder(account),
            "service_token": ServiceTokenFinder(account),
            "job": JobFinder(account),
            "variable": VariableFinder(account),
            "notification": NotificationFinder(account),
            "webhook": WebhookFinder(account),
        }

    def of(self, declared: Declared, is_declared: bool) -> Iterator[Leftover]:
        """Yield what is left of one thing."""
        place = declared.known(_PLACES[declared.kind]) if declared.kind in _PLACES else None
        is_recorded = declared.urn in self._interrupted.creating
        if declared.kind in _FOUND_BY_RECORD and not is_recorded:
            return
        if declared.kind in _PLACES and (place is None or declared.known("projectId") is None):
            return  # Its environment does not exist yet, and neither does it.
        finder, place = self._finders[declared.kind], None if place is None else int(place)
        found = [
            document
            for document in finder.exact(declared, place)
            if str(document["id"]) not in self._interrupted.ids[declared.kind]
        ]
        new = [document for document in found if self._is_new(document)]
        for document in new:
            candidate = finder.candidate(declared, place, document)
            if len(new) > 1:
                numbers = ", ".join(str(other["id"]) for other in new)
                why = f"{numbers} are all called so: delete those too many in dbt Cloud, then run this again"
                yield Leftover(declared, candidate, Fate.UNDECIDED, why)
            else:
                yield self._decided(declared, is_declared, document, candidate)
        # A token of that name may well be another stack's.
        if declared.kind in _PLACES and is_recorded and not new:
            since = self._since.isoformat(" ", "minutes")
            for document in found:
                why = (
                    f"it is older than the last update that succeeded ({since}): adopt it (dbtcloud-datafold adopt), "
                    "or rename one of the two"
                )
                candidate = finder.candidate(declared, place, document)
                yield Leftover(declared, candidate, Fate.UNDECIDED, why)

    def _is_new(self, found: Document) -> bool:
        """Tell whether it was created since the last good update. What has no time was found by Pulumi's record."""
        created = found.get("created_at")
        return not created or moment(str(created)) >= self._since

    def _decided(
        self, declared: Declared, is_declared: bool, found: Document, candidate: Candidate
    ) -> Leftover:
        if declared.kind in SECRET_IS_LOST:
            problem = self._why_in_use(declared, found, candidate)
            why = "its secret was shown once and is lost; `pulumi up` makes another, whose secret the state has"
            return _leftover(declared, candidate, Fate.REMOVED, problem, why)
        problem = self._why_other(declared, candidate)
        if declared.urn not in self._interrupted.known and is_declared:
            return _leftover(declared, candidate, Fate.TAKEN_OVER, problem, "")
        delete = "delete it in dbt Cloud, then run this again"
        if not is_declared:
            problem = problem or f"the program does not declare it any more: {delete}"
        elif declared.kind != "job":
            problem = problem or f"the stack has another one in its place: {delete}"
        elif self._account.api.runs(candidate.number):
            problem = problem or f"the stack has another one, and this one ran: {delete}"
        why = "the stack has another one in its place, and this one never ran"
        return _leftover(declared, candidate, Fate.REMOVED, problem, why)

    def _why_other(self, declared: Declared, candidate: Candidate) -> str:
        """Return why it may not be what the update was creating; an empty text if it is."""
        # The provider sets it by a second request, which may not have been sent.
        unsent = {"self_deferring"} if declared.inputs.get("selfDeferring") else set()
        differing = ", ".join(sorted(set(candidate.differs) - unsent))
        if not candidate.unfit and not differing:
            return ""
        problem = candidate.unfit or f"it has other {differing}"
        return f"{problem}: adopt it (dbtcloud-datafold adopt), or delete it in dbt Cloud, then run this again"

    def _why_in_use(self, declared: Declared, found: Document, candidate: Candidate) -> str:
        """Return why somebody may use it; an empty text if nobody can have its secret."""
        is_recorded = declared.urn in self._interrupted.creating
        problem = ""
        if found.get("last_used"):
            problem = f"it was used ({str(found['last_used'])[:16]})"
        elif not is_recorded:
            problem = "Pulumi has no record that it was creating this one"
        elif candidate.unfit and self._account.api.service_token_permissions(candidate.number):
            # Without permissions the update was interrupted before it gave them.
            problem = candidate.unfit
        elif candidate.differs:
            problem = f"it has other {', '.join(candidate.differs)}"
        if not problem:
            return ""
        return (
            f"{problem}, so somebody may have its secret. If nobody uses it, delete it in dbt Cloud; otherwise declare "
            "another name. Then run this again"
        )


def _leftover(
    declared: Declared, candidate: Candidate, fate: Fate, problem: str, why: str
) -> Leftover:
    return Leftover(declared, candidate, Fate.UNDECIDED if problem else fate, problem or why)
