"""Adds a project that can be run: with a connection, a repository made from a sample, and environments."""

import re
from typing import Any

from localcloud.http.answers import Answer
from localcloud.http.operation import Handler, Services
from localcloud.resources import connections, environments, projects, repositories
from localcloud.resources.operations import owner_call
from localcloud.runs import samples
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, Doc, Session, Store

_ENVIRONMENTS = (
    {"name": "Production", "type": "deployment", "deployment_type": "production"},
    {"name": "CI", "type": "deployment"},
    {"name": "Development", "type": "development"},
)


def add(store: Store, services: Services, name: str, sample: str) -> dict[str, Any]:
    """Add a project to the first account.

    Args:
        store: The state.
        services: What operations work with.
        name: The project's name.
        sample: The sample project that its repository is made from.

    Raises:
        ApiError: The name is not possible.
    """
    with store.writing() as session:
        added = _add(session, services, name, sample)
    samples.ensure(store, services.repositories)
    return added


def _add(session: Session, services: Services, name: str, sample: str) -> dict[str, Any]:
    account_id: int = session.find("account", limit=1)[0]["id"]

    def post(handler: Handler, body: Doc, project_id: int | None = None) -> Doc:
        params = {} if project_id is None else {"project_id": project_id}
        answer = handler(
            owner_call(session, services, account_id, handler, params=params, body=body)
        )
        assert isinstance(answer, Answer)  # noqa: S101 - none of these answers a file
        data: Doc = answer.data
        return data

    project = post(projects.create_project, {"name": name})
    full_name = _free_full_name(session, name)
    samples.note(session, full_name, sample)
    repository = post(
        repositories.create_repository,
        {
            "remote_url": f"git@github.com:{full_name}.git",
            "git_clone_strategy": "github_app",
            "github_installation_id": 1,
        },
        project["id"],
    )
    connection = post(
        connections.create_connection,
        {"name": name, "adapter_version": "postgres_v0", "config": {"hostname": "localhost"}},
    )
    attached = {"name": name, "repository_id": repository["id"]}
    post(projects.update_project, attached, project["id"])
    made = [
        post(
            environments.create_environment,
            {**environment, "connection_id": connection["id"]},
            project["id"],
        )
        for environment in _ENVIRONMENTS
    ]
    return {
        "project_id": project["id"],
        "connection_id": connection["id"],
        "remote_url": repository["remote_url"],
        "path": str(services.repositories / full_name),
        "environments": {environment["name"]: environment["id"] for environment in made},
    }


def _free_full_name(session: Session, name: str) -> str:
    """A repository's name that no project has, such as `example/finance`."""
    base = f"example/{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-') or 'project'}"
    used = {doc["full_name"] for doc in session.find("repository", [equals("state", ACTIVE)])}
    numbered = (f"{base}-{number}" for number in range(2, len(used) + 3))
    return next(full_name for full_name in (base, *numbered) if full_name not in used)
