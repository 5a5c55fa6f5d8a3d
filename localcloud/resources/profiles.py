"""Profiles: a connection, credentials and extended attributes under one key of a project."""

from localcloud.store import Doc, Session


def mirrored(session: Session, environment: Doc) -> Doc:
    """An environment with what its primary profile says, if it has one.

    The profile wins over ids in the same request: an update from one profile to another still
    carries the first one's ids (the provider's `environment.go`).
    """
    profile_id = environment["primary_profile_id"]
    profile = None if profile_id is None else session.get("profile", profile_id)
    if profile is None:
        return environment
    names = ("connection_id", "credentials_id", "extended_attributes_id")
    return {**environment, **{name: profile[name] for name in names}}
