"""What an account's plan allows.

Which plan allows what is documented; how the API words its refusal is not, so each refusal here
is an inference (see `COVERAGE.md`).
"""

from enum import Enum

from localcloud.http.errors import ForbiddenError
from localcloud.http.permissions import PERMISSION_SETS


class Tier(Enum):
    """The plans that behave alike, by the name the documentation uses."""

    NONE = "none"
    DEVELOPER = "Developer"
    TEAM = "Team (legacy)"
    STARTER = "Starter"
    ENTERPRISE = "Enterprise"


TIERS = {
    "cancelled": Tier.NONE,
    "cancelled_2022": Tier.NONE,
    "cancelled_2025": Tier.NONE,
    "developer": Tier.DEVELOPER,
    "developer_2022": Tier.DEVELOPER,
    "free": Tier.DEVELOPER,
    "team": Tier.TEAM,
    "team_2022": Tier.TEAM,
    "team_annual": Tier.TEAM,
    "trial": Tier.TEAM,
    "trial_2022": Tier.TEAM,
    "trial_2025": Tier.STARTER,
    "starter_2025": Tier.STARTER,
    "enterprise": Tier.ENTERPRISE,
    "enterprise_2025": Tier.ENTERPRISE,
    "enterprise_plus_2025": Tier.ENTERPRISE,
    "usage_2026": Tier.ENTERPRISE,
    "usage_managed_2026": Tier.ENTERPRISE,
}
"""Every value of an account's `plan`. Source: `PlanEnum` of dbt Cloud's OpenAPI, version 2.

Where trials and usage plans belong is an inference.
"""

_TOKEN_SETS = {
    Tier.NONE: frozenset[str](),
    Tier.DEVELOPER: frozenset({"semantic_layer_only"}),
    Tier.STARTER: frozenset({"semantic_layer_only"}),
    Tier.TEAM: frozenset(
        {
            "account_admin",
            "billing_admin",
            "job_admin",
            "member",
            "metadata_only",
            "readonly",
            "semantic_layer_only",
        }
    ),
    # Owner and Member are roles of the self-service plans.
    Tier.ENTERPRISE: frozenset(PERMISSION_SETS) - {"owner", "member"},
}

_NEVER_FOR_TOKENS = frozenset({"fusion_admin"})


def require_api(plan: str) -> None:
    """Refuse an account whose plan has no administrative API.

    Source: https://docs.getdbt.com/docs/dbt-apis/admin-api

    Raises:
        ForbiddenError: The plan has none.
    """
    if TIERS[plan] in (Tier.NONE, Tier.DEVELOPER):
        message = (
            f"The account's plan ({plan}) has no access to the administrative API; "
            "it comes with Starter, Enterprise and the legacy Team plan."
        )
        raise ForbiddenError(message)


def token_set_problem(plan: str, permission_set: str) -> str | None:
    """Why a service token of this plan may not have the permission set, if so.

    Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens
    """
    if permission_set in _NEVER_FOR_TOKENS:
        return f"{permission_set} can be given to users only, not to a service token"
    tier = TIERS[plan]
    if permission_set in _TOKEN_SETS[tier]:
        return None
    allowed = ", ".join(sorted(_TOKEN_SETS[tier] - _NEVER_FOR_TOKENS)) or "none"
    return (
        f"the plan {tier.value} does not offer {permission_set} to service tokens; "
        f"it offers: {allowed}"
    )


def has_merge_jobs(plan: str) -> bool:
    """Whether jobs may run on merge.

    Source: https://docs.getdbt.com/docs/deploy/merge-jobs
    """
    return TIERS[plan] in (Tier.TEAM, Tier.STARTER, Tier.ENTERPRISE)


def has_ci_features(plan: str) -> bool:
    """Whether jobs may lint, and follow another job's completion.

    Source: https://docs.getdbt.com/docs/deploy/ci-jobs
    """
    return TIERS[plan] in (Tier.TEAM, Tier.STARTER, Tier.ENTERPRISE)


def has_compare_changes(plan: str) -> bool:
    """Whether CI jobs may compare changes.

    Source: https://docs.getdbt.com/docs/deploy/ci-jobs
    """
    return TIERS[plan] is Tier.ENTERPRISE


def has_ci_by_api(plan: str) -> bool:
    """Whether a CI job may be started by the API.

    Source: https://docs.getdbt.com/docs/deploy/ci-jobs
    """
    return TIERS[plan] in (Tier.TEAM, Tier.ENTERPRISE)


def has_azure_devops(plan: str) -> bool:
    """Whether the native integration with Azure DevOps is there.

    Source: https://docs.getdbt.com/docs/deploy/ci-jobs
    """
    return TIERS[plan] is Tier.ENTERPRISE
