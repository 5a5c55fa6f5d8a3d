"""How long a job may run.

Source: https://docs.getdbt.com/docs/deploy/jobs (dbt Cloud itself ends a run after 24 hours).
"""

from pulumi_policy import (
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from datafold_rules.declared import JOB

MAXIMUM_SECONDS = 86_400
"""The limit dbt Cloud has anyway; a stack may want a lower one."""


def _has_timeout(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type != JOB:
        return
    maximum = int((args.get_config() or {}).get("maximumSeconds", MAXIMUM_SECONDS))
    execution = args.props.get("execution") or {}
    # timeoutSeconds of the job itself is the provider's older way.
    seconds = int(execution.get("timeoutSeconds") or args.props.get("timeoutSeconds") or 0)
    if seconds == 0:
        report(
            "this job has no timeout, so a hanging run blocks those after it for a day. "
            f"Set timeout_seconds, at most {maximum}",
            None,
        )
    elif seconds > maximum:
        report(
            f"this job may run for {seconds} seconds. Set timeout_seconds to {maximum} or less",
            None,
        )


HAS_TIMEOUT = ResourceValidationPolicy(
    name="job-has-timeout",
    description="Every job ends by itself.",
    validate=_has_timeout,
    severity=Severity.MEDIUM,
    config_schema=PolicyConfigSchema(
        {"maximumSeconds": {"type": "integer", "minimum": 1, "default": MAXIMUM_SECONDS}}
    ),
)
"""Refuses jobs without a timeout, or with a longer one than the stack wants."""
