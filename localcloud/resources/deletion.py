"""What goes with a project or an environment when it is deleted.

A deleted resource stays stored with `state` 2. It is answered 404, and appears in lists that
ask for deleted ones. Source: recorded answers; that jobs go with their environment is documented
at https://docs.getdbt.com/docs/dbt-cloud-environments, the rest is an inference.
"""

from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, DELETED, Doc, Session

_OF_PROJECT = (
    "job",
    "environment",
    "repository",
    "credential",
    "profile",
    "extended_attributes",
    "environment_variable",
    "environment_variable_override",
)


def delete(session: Session, kind: str, doc: Doc) -> Doc:
    """Mark one resource deleted; its secrets are forgotten."""
    session.remove_secrets(kind, doc["id"])
    return session.put(kind, {**doc, "state": DELETED})


def delete_project(session: Session, project: Doc) -> Doc:
    """Delete a project and all that is in it."""
    for kind in _OF_PROJECT:
        for doc in session.find(
            kind, [equals("project_id", project["id"]), equals("state", ACTIVE)]
        ):
            delete(session, kind, doc)
    return delete(session, "project", project)


def delete_environment(session: Session, environment: Doc) -> Doc:
    """Delete an environment, its jobs, and the values variables have in it."""
    for kind in ("job", "environment_variable"):
        for doc in session.find(
            kind, [equals("environment_id", environment["id"]), equals("state", ACTIVE)]
        ):
            delete(session, kind, doc)
    return delete(session, "environment", environment)
