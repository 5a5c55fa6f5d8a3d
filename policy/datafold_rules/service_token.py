"""What a service token for Datafold may do.

Source: https://docs.getdbt.com/docs/dbt-apis/service-tokens ; Datafold asks for Member or Developer.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from datafold_rules.declared import SERVICE_TOKEN

PERMISSION_SETS = ["member", "developer", "job_runner", "job_viewer", "readonly"]
"""What Datafold asks for, and what allows less."""

PIPELINE_TOKEN = "dbtcloud-datafold:index:PipelineToken"  # noqa: S105 - a type token
"""The component whose token starts one project's jobs."""


def _permissions(args: ResourceValidationArgs) -> list[Mapping[str, Any]]:
    if args.resource_type != SERVICE_TOKEN:
        return []
    return list(args.props.get("serviceTokenPermissions") or [])


def _is_narrow(args: ResourceValidationArgs, report: ReportViolation) -> None:
    allowed = (args.get_config() or {}).get("allowed", PERMISSION_SETS)
    given = {permission["permissionSet"] for permission in _permissions(args)}
    if f"{PIPELINE_TOKEN}$" in args.urn:
        # The narrowest set that starts runs on a legacy Team plan, and for one project only.
        given.discard("job_admin")
    for permission_set in sorted(given - set(allowed)):
        report(
            f"this token has the permission set {permission_set}. Give it one of {', '.join(allowed)}; if it is not "
            "for Datafold and needs more, add the set to `allowed` of service-token-is-narrow",
            None,
        )


def _lists_projects(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if any(permission.get("allProjects") for permission in _permissions(args)):
        report(
            "this token is valid for every project of the account, also for those to come. List the projects used "
            "with Datafold instead (project_ids of MemberServiceToken)",
            None,
        )


NARROW = ResourceValidationPolicy(
    name="service-token-is-narrow",
    description="A service token does no more than Datafold needs.",
    validate=_is_narrow,
    severity=Severity.CRITICAL,
    config_schema=PolicyConfigSchema(
        {
            "allowed": {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
                "default": PERMISSION_SETS,
            }
        }
    ),
)
"""Refuses Account Admin, Owner and the like."""

LISTS_PROJECTS = ResourceValidationPolicy(
    name="service-token-lists-projects",
    description="A service token is valid for the projects used with Datafold only.",
    validate=_lists_projects,
    severity=Severity.LOW,
    # Datafold's page leaves the choice; for one project in the account it makes no difference.
    enforcement_level=EnforcementLevel.ADVISORY,
)
"""Mentions tokens for all projects."""
