"""Git repositories of projects."""

import base64
import hashlib
import re
from typing import Any, Literal

from pydantic import Field

from localcloud.clock import spaced
from localcloud.http import account_plans
from localcloud.http.answers import Answer, created
from localcloud.http.body import Body
from localcloud.http.errors import InvalidRequestError
from localcloud.http.listing import list_page
from localcloud.http.operation import Call, Routes
from localcloud.resources.deletion import delete
from localcloud.resources.records import changed, new_record
from localcloud.state.query import equals
from localcloud.state.store import ACTIVE, Doc

ROUTES = Routes("repositories")

Strategy = Literal[
    "deploy_key", "github_app", "deploy_token", "azure_active_directory_app", "git_token"
]


_BACKENDS = {
    "github_app": "github",
    "deploy_token": "gitlab",
    "azure_active_directory_app": "azure_active_directory",
}


class RepositoryBody(Body):
    """What a repository is made with."""

    remote_url: str = Field(min_length=1)
    git_clone_strategy: Strategy = "deploy_key"
    state: Literal[1, 2] = ACTIVE
    github_installation_id: int | None = None
    gitlab_project_id: int | None = None
    private_link_endpoint_id: str | None = None
    azure_active_directory_project_id: str | None = None
    azure_active_directory_repository_id: str | None = None
    azure_bypass_webhook_registration_failure: bool | None = None
    pull_request_url_template: str | None = None


class RepositoryUpdateBody(Body):
    """What an update may change; the rest stays, `gitlab_project_id` among it."""

    remote_url: str = Field(default="", min_length=1)
    git_clone_strategy: Strategy = "deploy_key"
    state: Literal[1, 2] = ACTIVE
    github_installation_id: int | None = None
    private_link_endpoint_id: str | None = None
    pull_request_url_template: str | None = None
    deploy_key_id: int | None = None
    repository_credentials_id: int | None = None
    remote_backend: str | None = None
    full_name: str | None = None


_P = "/v3/accounts/{account_id}/projects/{project_id}/repositories/"


@ROUTES.get(_P, "/v2/accounts/{account_id}/repositories/")
def list_repositories(call: Call) -> Answer:
    """The repositories, of one project when the path names it. Source: dbt Cloud's OpenAPI."""
    where = [equals("project_id", call.project()["id"])] if "project_id" in call.params else []
    return list_page(call, "repository", where).answer()


@ROUTES.post(_P)
def create_repository(call: Call) -> Answer:
    """A new repository of the project; another request attaches it to the project.

    Source: the provider's `repository.go`. `repository_credentials_id` stays null, as for every
    caller with a service token.
    """
    project = call.project()
    body = call.body.read(RepositoryBody)
    if (
        body.git_clone_strategy == "azure_active_directory_app"
        and not account_plans.has_azure_devops(call.account["plan"])
    ):
        problem = "the native Azure DevOps integration needs an Enterprise plan"
        raise InvalidRequestError({"git_clone_strategy": problem})
    return created(call.session.add("repository", new_repository(call, project["id"], body)))


def new_repository(call: Call, project_id: int, body: RepositoryBody) -> Doc:
    """A repository that is about to be stored."""
    repository_id, key_id = call.session.next_id(), call.session.next_id()
    fields = {
        "id": repository_id,
        "project_id": project_id,
        **body.model_dump(exclude={"azure_bypass_webhook_registration_failure"}),
        # dbt Cloud does not return these; the provider copes.
        "azure_active_directory_project_id": None,
        "azure_active_directory_repository_id": None,
        "full_name": _full_name(body.remote_url),
        "remote_backend": _BACKENDS.get(body.git_clone_strategy),
        "repository_credentials_id": None,
        "deploy_key_id": key_id,
        "deploy_key": {
            "id": key_id,
            "account_id": call.account_id,
            "state": ACTIVE,
            "public_key": public_key(f"deploy key {key_id}"),
        },
        "name": _full_name(body.remote_url),
    }
    return new_record(call, fields, timestamp=spaced)


@ROUTES.get(_P + "{repository_id}/")
def get_repository(call: Call) -> Answer:
    """A repository. Source: the provider's `repository.go`."""
    return Answer(_load(call))


@ROUTES.post(_P + "{repository_id}/")
def update_repository(call: Call) -> Answer:
    """Change a repository. Source: the provider's `repository.go`."""
    repository = _load(call)
    sent = call.body.read(RepositoryUpdateBody).model_dump(exclude_unset=True)
    changes = {**sent, "deploy_key_id": repository["deploy_key_id"]}
    doc = changed(call, repository, changes, timestamp=spaced)
    return Answer(call.session.put("repository", doc))


@ROUTES.delete(_P + "{repository_id}/")
def remove_repository(call: Call) -> Answer:
    """Delete a repository, and detach it from its project. Source: the provider's `repository.go`."""
    repository = _load(call)
    project = call.project()
    if project["repository_id"] == repository["id"]:
        call.session.put("project", {**project, "repository_id": None})
    return Answer(delete(call.session, "repository", repository))


def public_key(seed: str) -> str:
    """A well-formed ssh public key without a private key."""
    kind = b"ssh-ed25519"
    body = hashlib.sha256(seed.encode()).digest()
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (kind, body))
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} localcloud"


def _load(call: Call) -> dict[str, Any]:
    return call.load_in_project("repository", call.param("repository_id"))


def _full_name(remote_url: str) -> str:
    path = re.sub(r"^(\w+://[^/]+/|[^/@]+@[^:]+:)", "", remote_url)
    return path.removesuffix("/").removesuffix(".git")
