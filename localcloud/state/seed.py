"""What a new data directory starts with, read from a YAML file.

The file may hold the text of tokens, so it is for servers on loopback; the state keeps hashes.
"""

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from localcloud.control.clock import iso, spaced
from localcloud.http import auth
from localcloud.http.body import ClosedBody
from localcloud.http.errors import ApiError
from localcloud.http.operation import Call, Operation, Services
from localcloud.http.permissions import PERMISSION_SETS, Grant, Principal
from localcloud.resources import environments, jobs, projects, repositories
from localcloud.resources.accounts import ENTITLEMENTS, FEATURES
from localcloud.resources.service_tokens import PermissionBody, permission
from localcloud.runs import samples
from localcloud.state import account_plans
from localcloud.state.store import ACTIVE, Doc, Session

DEV_SEED = Path(__file__).parents[1] / "seeds" / "dev.yaml"
"""The seed of a server that is given none."""

_FACT = "seed"


class SeedError(Exception):
    """The seed file has mistakes; the text names all of them."""

    def __init__(self, source: str, problems: list[tuple[str, str, str]]) -> None:
        """Mistakes of that file, each as path, problem and fix."""
        lines = [f"{source}: {len(problems)} problem{'' if len(problems) == 1 else 's'}"]
        for path, problem, fix in problems:
            lines += [f"  {path}", f"    problem: {problem}", f"    fix:     {fix}"]
        super().__init__("\n".join(lines))


class TokenSeed(ClosedBody):
    """A service token. Its permissions are not held against the plan: someone must begin."""

    id: int | None = Field(default=None, ge=1)
    name: str
    value: str | None = None
    value_hash: str | None = None
    permission_set: str
    project_ids: list[int] | None = None

    @field_validator("permission_set")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in PERMISSION_SETS:
            message = f"not a permission set; known are: {', '.join(sorted(PERMISSION_SETS))}"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _hash_only(self) -> "TokenSeed":
        if (self.value is None) == (self.value_hash is None):
            message = "exactly one of `value` and `value_hash` is required"
            raise ValueError(message)
        if self.value is not None:
            self.value_hash, self.value = auth.token_hash(self.value), None
        return self


class UserSeed(ClosedBody):
    """A user of the account."""

    id: int = Field(ge=1)
    email: str
    first_name: str = ""
    last_name: str = ""


class EnvironmentSeed(ClosedBody, environments.EnvironmentBody):
    """An environment: the fields of the API's body, and its id."""

    id: int = Field(ge=1)


class RepositorySeed(ClosedBody, repositories.RepositoryBody):
    """A repository: the fields of the API's body, and the sample to make it from, if any.

    The git repository is made when runs are first executed, where `localcloud.runs.repositories`
    looks for that `remote_url`.
    """

    sample: str | None = None

    @field_validator("sample")
    @classmethod
    def _known_sample(cls, value: str | None) -> str | None:
        if value is not None and value not in samples.names():
            message = f"not a sample; there are: {', '.join(samples.names())}"
            raise ValueError(message)
        return value


class ProjectSeed(ClosedBody):
    """A project with its repository, environments and jobs."""

    id: int = Field(ge=1)
    name: str
    description: str = ""
    dbt_project_subdirectory: str | None = None
    repository: RepositorySeed | None = None
    environments: list[EnvironmentSeed] = Field(default_factory=list)
    jobs: list[dict[str, Any]] = Field(default_factory=list)


class AccountSeed(ClosedBody):
    """An account with everything in it."""

    id: int = Field(ge=1)
    name: str
    plan: str
    features: list[str] = Field(default_factory=list)
    service_tokens: list[TokenSeed] = Field(default_factory=list)
    users: list[UserSeed] = Field(default_factory=list)
    projects: list[ProjectSeed] = Field(default_factory=list)

    @field_validator("plan")
    @classmethod
    def _known_plan(cls, value: str) -> str:
        if value not in account_plans.TIERS:
            message = f"not a plan; known are: {', '.join(sorted(account_plans.TIERS))}"
            raise ValueError(message)
        return value

    @field_validator("features")
    @classmethod
    def _known_features(cls, value: list[str]) -> list[str]:
        unknown = set(value) - set(FEATURES) - set(ENTITLEMENTS)
        if unknown:
            known = ", ".join(sorted((*FEATURES, *ENTITLEMENTS)))
            message = f"no such features: {', '.join(sorted(unknown))}; known are: {known}"
            raise ValueError(message)
        return value


class Seed(ClosedBody):
    """A seed file."""

    accounts: list[AccountSeed] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_once(self) -> "Seed":
        _require_once("account", [account.id for account in self.accounts])
        every_project = [project for account in self.accounts for project in account.projects]
        _require_once("project", [project.id for project in every_project])
        _require_once(
            "environment", [item.id for project in every_project for item in project.environments]
        )
        _require_once("user", [user.id for account in self.accounts for user in account.users])
        return self


def load(path: Path) -> Seed:
    """The seed in a file.

    Raises:
        SeedError: The file is missing, not YAML, or has mistakes.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        fix = "give the path of a seed file, or leave out --seed"
        raise SeedError(str(path), [("file", error.strerror or "unreadable", fix)]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "file"
        fix = "correct the YAML there"
        raise SeedError(str(path), [(where, "not YAML", fix)]) from None
    try:
        return Seed.model_validate(content)
    except ValidationError as error:
        raise SeedError(str(path), _problems(error, content)) from None


def apply(session: Session, services: Services, seed: Seed) -> None:
    """Fill an empty state from the seed, and remember it for `apply_again`.

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
    now = iso(services.clock.now())
    features = {"partial-parsing": True, "repo-caching": True}
    session.add(
        "account",
        {
            "id": account.id,
            "account_id": account.id,
            "name": account.name,
            "plan": account.plan,
            "state": ACTIVE,
            "features": features | dict.fromkeys(account.features, True),
            "created_at": now,
            "updated_at": now,
        },
    )
    for user in account.users:
        session.add("user", {**user.model_dump(), "account_id": account.id, "state": ACTIVE})
    for project in account.projects:
        _apply_project(session, services, account, project)
    for token in account.service_tokens:
        _apply_token(session, services, account, token)


def _apply_project(
    session: Session, services: Services, account: AccountSeed, project: ProjectSeed
) -> None:
    clock = services.clock
    body = projects.ProjectBody(
        name=project.name,
        description=project.description,
        dbt_project_subdirectory=project.dbt_project_subdirectory,
    )
    now = spaced(clock.now())
    doc = projects.new_project(account.id, body, now, project_id=project.id)
    if project.repository is not None:
        ids = session.next_id(), session.next_id()
        plain = repositories.RepositoryBody.model_validate(
            project.repository.model_dump(exclude={"sample"})
        )
        repository = repositories.new_repository(doc, plain, now, *ids)
        if project.repository.sample is not None:
            samples.note(session, repository["full_name"], project.repository.sample)
        session.add("repository", repository)
        doc["repository_id"] = repository["id"]
    session.add("project", doc)
    for environment in project.environments:
        made = environments.new_environment(doc, environment, iso(clock.now()), environment.id)
        session.add("environment", made)
    for index, job in enumerate(project.jobs):
        operation = Operation("POST", "", jobs.create_job, "jobs", "write")
        body_text = json.dumps({"project_id": project.id, **job}).encode()
        everything = Principal(0, account.id, (Grant("owner"),))
        call = Call(operation, session, everything, services, {}, (), body_text)
        try:
            jobs.create_job(call)
        except ApiError as error:
            path = f"accounts.{account.name}.projects.{project.name}.jobs[{index}]"
            problem = f"{error.user_message} {json.dumps(error.data)}"
            fix = "write the job as the API's body of POST .../jobs/"
            raise SeedError("seed", [(path, problem, fix)]) from None


def _apply_token(
    session: Session, services: Services, account: AccountSeed, token: TokenSeed
) -> None:
    now = iso(services.clock.now())
    token_id = token.id or session.next_id()
    scopes: list[int | None] = [None] if token.project_ids is None else [*token.project_ids]
    permissions: list[Doc] = [
        permission(
            session.next_id(),
            account.id,
            token_id,
            PermissionBody(
                permission_set=token.permission_set,
                project_id=project_id,
                all_projects=project_id is None,
            ),
        )
        for project_id in scopes
    ]
    session.add(
        "service_token",
        {
            "id": token_id,
            "account_id": account.id,
            "uid": f"tok_{token_id:08d}",
            "name": token.name,
            "state": ACTIVE,
            "permissions": permissions,
            "created_at": now,
            "updated_at": now,
        },
    )
    session.add_token_hash(token.value_hash or "", token_id)


def _require_once(kind: str, ids: list[int]) -> None:
    twice = sorted({number for number in ids if ids.count(number) > 1})
    if twice:
        message = f"{kind} ids are given twice: {', '.join(map(str, twice))}"
        raise ValueError(message)


_FIXES = {
    "extra_forbidden": "remove this key, or correct its spelling",
    "missing": "add this key; see localcloud/seeds/dev.yaml for an example",
    "int_type": "write a whole number, without quotes",
    "string_type": "write text, in quotes if it looks like a number",
}


def _problems(error: ValidationError, content: object) -> list[tuple[str, str, str]]:
    problems = []
    for item in error.errors(include_url=False, include_input=False):
        fix = _FIXES.get(item["type"], "see localcloud/seeds/dev.yaml for an example")
        problems.append((_named(item["loc"], content) or "file", item["msg"], fix))
    return problems


def _named(location: tuple[str | int, ...], content: object) -> str:
    """The dotted path to a mistake, items of lists by their names."""
    path = ""
    for part in location:
        inside = _inside(content, part)
        if isinstance(part, int):
            name = inside.get("name") if isinstance(inside, dict) else None
            path += f"[{name if isinstance(name, str) else part}]"
        else:
            path += f".{part}" if path else part
        content = inside
    return path


def _inside(content: object, part: str | int) -> object:
    if isinstance(content, list) and isinstance(part, int) and part < len(content):
        return content[part]
    return content.get(part) if isinstance(content, dict) else None
