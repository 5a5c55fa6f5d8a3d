"""Fills the state from a seed."""

import json

from localcloud.clock import spaced
from localcloud.http.errors import ApiError
from localcloud.http.operation import Call, Services
from localcloud.resources import environments, groups, jobs, projects, repositories, service_tokens
from localcloud.resources.operations import owner_call
from localcloud.resources.records import new_record
from localcloud.runs import samples
from localcloud.seeds.seed_file import (
    AccountSeed,
    GroupSeed,
    ProjectSeed,
    Seed,
    SeedError,
    TokenSeed,
)
from localcloud.state.store import Doc, Session

_FACT = "seed"
_ON_BY_DEFAULT = {"partial-parsing": True, "repo-caching": True}


def apply(session: Session, services: Services, seed: Seed) -> None:
    """Fill an empty state from the seed, and keep the seed for `apply_again`.

    Raises:
        SeedError: A job breaks a rule of the API.
    """
    session.set_fact(_FACT, seed.model_dump_json(exclude_unset=True, exclude_none=True))
    for account in seed.accounts:
        _apply_account(session, services, account)


def apply_again(session: Session, services: Services) -> None:
    """Empty the state and fill it from the seed it was first filled from."""
    seed = Seed.model_validate_json(session.fact(_FACT) or "")
    session.clear()
    apply(session, services, seed)


def is_applied(session: Session) -> bool:
    """Whether the state has been filled before."""
    return session.fact(_FACT) is not None


def _apply_account(session: Session, services: Services, account: AccountSeed) -> None:
    call = owner_call(session, services, account.id, jobs.create_job)
    fields = {
        "id": account.id,
        "name": account.name,
        "plan": account.plan,
        "features": _ON_BY_DEFAULT | dict.fromkeys(account.features, True),
    }
    session.add("account", new_record(call, fields))
    for user in account.users:
        session.add("user", new_record(call, user.model_dump(), timestamp=None))
    for project in account.projects:
        _apply_project(call, project)
        for index, job in enumerate(project.jobs):
            _apply_job(session, services, account, project, index, job)
    for group in account.groups:
        _apply_group(call, account, group)
    for token in account.service_tokens:
        _apply_token(call, token)


def _apply_project(call: Call, project: ProjectSeed) -> None:
    body = projects.ProjectBody(
        name=project.name,
        description=project.description,
        dbt_project_subdirectory=project.dbt_project_subdirectory,
    )
    fields = {**body.model_dump(), "id": project.id}
    doc = new_record(call, fields, timestamp=spaced)
    if project.repository is not None:
        body_fields = project.repository.model_dump(exclude={"sample"})
        repository_body = repositories.RepositoryBody.model_validate(body_fields)
        repository = repositories.new_repository(call, project.id, repository_body)
        if project.repository.sample is not None:
            samples.note(call.session, repository["full_name"], project.repository.sample)
        doc["repository_id"] = call.session.add("repository", repository)["id"]
    call.session.add("project", doc)
    for environment in project.environments:
        record = environments.new_environment(call, project.id, environment)
        call.session.add("environment", {**record, "id": environment.id})


def _apply_job(
    session: Session,
    services: Services,
    account: AccountSeed,
    project: ProjectSeed,
    index: int,
    job: Doc,
) -> None:
    body = {"project_id": project.id, **job}
    try:
        jobs.create_job(owner_call(session, services, account.id, jobs.create_job, body=body))
    except ApiError as error:
        path = f"accounts.{account.name}.projects.{project.name}.jobs[{index}]"
        problem = f"{error.user_message} {json.dumps(error.data)}"
        fix = "write the job as the API's body of POST .../jobs/"
        raise SeedError("seed", [(path, problem, fix)]) from None


def _apply_group(call: Call, account: AccountSeed, group: GroupSeed) -> None:
    body = groups.GroupBody(**group.model_dump(exclude={"id", "permissions"}))
    record = {**groups.new_group(call, body), "id": group.id}
    try:
        record["group_permissions"] = [
            groups.new_permission(call, group.id, body) for body in group.permissions
        ]
    except ApiError as error:
        path = f"accounts.{account.name}.groups.{group.name}.permissions"
        problem = f"{error.user_message} {json.dumps(error.data)}"
        fix = "write the permissions as the API's body of POST .../group-permissions/"
        raise SeedError("seed", [(path, problem, fix)]) from None
    call.session.add("group", record)


def _apply_token(call: Call, token: TokenSeed) -> None:
    project_ids: list[int | None] = [None] if token.project_ids is None else [*token.project_ids]
    permissions = [
        service_tokens.PermissionBody(
            permission_set=token.permission_set,
            project_id=project_id,
            all_projects=project_id is None,
        )
        for project_id in project_ids
    ]
    token_id = token.id or call.session.next_id()
    # Not checked against the plan: the first token could not be made otherwise.
    service_tokens.store_token(call, token_id, token.name, token.value_hash or "", permissions)
