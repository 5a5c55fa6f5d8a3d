"""Pull requests that git events reported, and the schemas to drop with them."""

from dataclasses import dataclass
from typing import Literal

from localcloud.state.query import Condition, equals
from localcloud.state.store import ACTIVE, Doc, Session

KIND = "pull_request"

Stage = Literal["open", "closed", "merged"]


@dataclass(frozen=True)
class PullRequestUpdate:
    """What an event says about a pull request.

    Attributes:
        stage: What has become of it.
        branch: Its branch; none: the event does not name it.
        schemas: Schemas to drop, each with its environment.
    """

    stage: Stage
    branch: str | None
    schemas: list[Doc]


def record(session: Session, repository: Doc, number: int, update: PullRequestUpdate) -> None:
    """Store what an event says about pull request `number` of a repository."""
    known = find(session, repository["id"], number)
    doc: Doc = {
        "id": None if known is None else known["id"],
        "account_id": repository["account_id"],
        "project_id": repository["project_id"],
        "repository_id": repository["id"],
        "number": number,
        "state": ACTIVE,
        "stage": update.stage,
        "branch": update.branch or (known and known["branch"]),
        "schemas_to_drop": update.schemas,
    }
    if known is None:
        session.add(KIND, doc)
    else:
        session.put(KIND, doc)


def find(session: Session, repository_id: int, number: int) -> Doc | None:
    """A pull request, if an event reported it."""
    where = [equals("repository_id", repository_id), equals("number", number)]
    found = session.find(KIND, where, limit=1)
    return found[0] if found else None


def branch_of(session: Session, repository_id: int, number: int) -> str | None:
    """The branch of a pull request, if an event named it."""
    known = find(session, repository_id, number)
    return None if known is None else known["branch"]


def with_schemas_to_drop(session: Session) -> list[Doc]:
    """The pull requests that have ended and whose schemas still exist."""
    where = Condition("json_array_length(doc, '$.schemas_to_drop') > 0", ())
    return session.find(KIND, [where])


def dropped(session: Session, pull_request_id: int, schema: Doc) -> None:
    """One of a pull request's schemas was dropped."""
    doc = session.get(KIND, pull_request_id)
    if doc is not None:
        rest = [other for other in doc["schemas_to_drop"] if other != schema]
        session.put(KIND, {**doc, "schemas_to_drop": rest})
