"""What a new data directory starts with, read from a YAML file.

The file may hold the text of tokens, so it is for servers on loopback; the state keeps hashes.
"""

from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from localcloud.http import account_plans, auth
from localcloud.http.body import ClosedBody
from localcloud.http.permissions import PERMISSION_SETS
from localcloud.resources import environments, groups, repositories
from localcloud.resources.accounts import ENTITLEMENTS, FEATURES
from localcloud.runs import samples

DEV_SEED = Path(__file__).with_name("dev.yaml")
"""The seed of a server that is given none."""


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
    group_ids: list[int] = Field(default_factory=list)


class GroupSeed(ClosedBody, groups.GroupBody):
    """A group of users: the fields of the API's body, its id and its permissions."""

    id: int = Field(ge=1)
    permissions: list[groups.GroupPermissionBody] = Field(default_factory=list)


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
    groups: list[GroupSeed] = Field(default_factory=list)
    users: list[UserSeed] = Field(default_factory=list)
    projects: list[ProjectSeed] = Field(default_factory=list)

    @field_validator("plan")
    @classmethod
    def _known_plan(cls, value: str) -> str:
        if value not in account_plans.TIERS:
            message = f"not a plan; known are: {', '.join(sorted(account_plans.TIERS))}"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _known_groups(self) -> "AccountSeed":
        known = {group.id for group in self.groups}
        for user in self.users:
            unknown = [str(group_id) for group_id in user.group_ids if group_id not in known]
            if unknown:
                message = (
                    f"user {user.id} is in groups that the account lacks: {', '.join(unknown)}"
                )
                raise ValueError(message)
        return self

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
        _require_once("group", [group.id for account in self.accounts for group in account.groups])
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
