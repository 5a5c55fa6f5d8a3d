"""What a token may do: its grants, and what each permission set gives.

Source: https://docs.getdbt.com/docs/platform/manage-access/enterprise-permissions and the
provider's list `PermissionSets` in `pkg/dbt_cloud/common.go`. The documentation's table is
finer than this one: see `COVERAGE.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

READ = "read"
WRITE = "write"

_PROJECT_RESOURCES = (
    "projects",
    "repositories",
    "environments",
    "environment_variables",
    "credentials",
    "connections",
    "jobs",
    "runs",
    "webhooks",
    "notifications",
)
_ACCOUNT_RESOURCES = ("account", "new_projects", "features", "service_tokens", "users", "groups")

RESOURCES = frozenset(_PROJECT_RESOURCES + _ACCOUNT_RESOURCES)
"""What is granted. `new_projects` is the making of a project, which no project covers."""


class Level(Enum):
    """Where a permission set reaches."""

    ACCOUNT = "account"
    PROJECT = "project"


@dataclass(frozen=True)
class PermissionSet:
    """What one permission set gives.

    Attributes:
        level: Whether it may be limited to a project.
        writes: Resources it may change, and read.
        reads: Resources it may read.
        by_environment: Whether writable environment categories limit its jobs and runs.
    """

    level: Level
    writes: frozenset[str]
    reads: frozenset[str] = frozenset()
    by_environment: bool = False

    def gives(self, resource: str, action: str) -> bool:
        """Whether the set gives `action` on `resource`. Every set may read the account."""
        if resource in self.writes or (resource, action) == ("account", READ):
            return True
        return action == READ and resource in self.reads


def _account(writes: str, reads: str = "") -> PermissionSet:
    return PermissionSet(Level.ACCOUNT, _named(writes), _named(reads))


def _project(writes: str, reads: str = "", *, by_environment: bool = False) -> PermissionSet:
    return PermissionSet(Level.PROJECT, _named(writes), _named(reads), by_environment)


def _named(text: str) -> frozenset[str]:
    names = frozenset(text.split())
    unknown = names - RESOURCES
    if unknown:
        message = f"unknown resources: {sorted(unknown)}"
        raise ValueError(message)
    return names


_EVERYTHING = " ".join(sorted(RESOURCES))
_PROJECT = " ".join(_PROJECT_RESOURCES)

PERMISSION_SETS: Mapping[str, PermissionSet] = {
    "account_admin": _account(_EVERYTHING),
    "owner": _account(_EVERYTHING),
    # A Member may be given for one project, though it is an account role: upstream tests do so.
    "member": _project(f"{_PROJECT} new_projects", "account features users groups"),
    "account_viewer": _account("", _EVERYTHING),
    "security_admin": _account("users groups", "account features service_tokens"),
    "billing_admin": _account("", "account"),
    "project_creator": _account(f"{_PROJECT} new_projects users"),
    "manage_marketplace_apps": _account("", "account"),
    "notification_manager": _account("notifications", "jobs"),
    "cost_management_admin": _account("", "projects environments jobs runs"),
    "cost_management_viewer": _account("", "projects environments jobs runs"),
    "cost_insights_admin": _account("", "projects environments jobs runs"),
    "cost_insights_viewer": _account("", "projects environments jobs runs"),
    "fusion_admin": _account("", "projects environments jobs"),
    "admin": _project(_PROJECT),
    "job_admin": _project(
        "jobs runs environments environment_variables credentials notifications webhooks",
        "projects repositories connections",
    ),
    "job_creator": _project("jobs runs", "projects environments"),
    "job_runner": _project("runs", "projects environments jobs"),
    "job_viewer": _project("", "projects environments jobs runs"),
    "developer": _project("jobs runs credentials", _PROJECT, by_environment=True),
    "analyst": _project("jobs runs credentials", _PROJECT, by_environment=True),
    "database_admin": _project("jobs runs connections credentials", _PROJECT, by_environment=True),
    "git_admin": _project("jobs runs repositories", _PROJECT, by_environment=True),
    "team_admin": _project("jobs runs", f"{_PROJECT} users groups", by_environment=True),
    "stakeholder": _project("", _PROJECT),
    "readonly": _project("", _PROJECT),
    "analyst_read": _project("", _PROJECT),
    "webhooks_only": _project("webhooks", "projects jobs"),
    "metadata_only": _project(""),
    "semantic_layer_only": _project(""),
    "scim_only": _account("", ""),
}
"""Every permission set the API knows."""

ENVIRONMENT_CATEGORIES = frozenset({"all", "development", "staging", "production", "other"})
"""Values of `writable_environment_categories`; "other" is a deployment environment of no kind."""


@dataclass(frozen=True)
class Grant:
    """One permission of a token.

    Attributes:
        permission_set: Which set.
        project_id: The project it is limited to; none: all of them.
        environment_categories: Where it may write jobs and runs. Empty counts as everywhere,
            which is what the Terraform provider shows for it.
    """

    permission_set: str
    project_id: int | None = None
    environment_categories: frozenset[str] = frozenset()

    def allows(self, resource: str, action: str, project_id: int | None) -> bool:
        """Whether the grant gives `action` on `resource` in that project (none: in any)."""
        if not PERMISSION_SETS[self.permission_set].gives(resource, action):
            return False
        if resource == "new_projects":
            return self.project_id is None
        return project_id is None or self.project_id in (None, project_id)

    def allows_environment(self, category: str) -> bool:
        """Whether the grant's writes of jobs and runs reach environments of that category."""
        if not PERMISSION_SETS[self.permission_set].by_environment:
            return True
        categories = self.environment_categories
        return not categories or "all" in categories or category in categories


@dataclass(frozen=True)
class Principal:
    """The caller of a request: a service token and its grants."""

    token_id: int
    account_id: int
    grants: tuple[Grant, ...]

    def allows(self, resource: str, action: str, project_id: int | None = None) -> bool:
        """Whether any grant gives `action` on `resource` in that project (none: in any)."""
        return any(grant.allows(resource, action, project_id) for grant in self.grants)

    def allows_in_environment(self, resource: str, project_id: int, category: str) -> bool:
        """Whether any grant allows writes of `resource` in an environment of that category."""
        return any(
            grant.allows(resource, WRITE, project_id) and grant.allows_environment(category)
            for grant in self.grants
        )

    def visible_projects(self, resource: str) -> frozenset[int] | None:
        """The projects whose `resource` may be read; none: all of them."""
        grants = [grant for grant in self.grants if grant.allows(resource, READ, None)]
        if any(grant.project_id is None for grant in grants):
            return None
        return frozenset(grant.project_id for grant in grants if grant.project_id is not None)


def environment_category(environment: Mapping[str, Any]) -> str:
    """The category of an environment that `writable_environment_categories` speaks of."""
    if environment["type"] == "development":
        return "development"
    return environment.get("deployment_type") or "other"
