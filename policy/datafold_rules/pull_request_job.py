"""Where pull requests are built.

Source: https://docs.getdbt.com/docs/deploy/ci-jobs ; Datafold's prerequisites (a test environment).
"""

from pulumi_policy import (
    PolicyConfigSchema,
    ReportViolation,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from datafold_rules.declared import Identity, described, environments, jobs


def _is_outside_production(args: StackValidationArgs, report: ReportViolation) -> None:
    config = args.get_config() or {}
    pull_request_jobs = [job for job in jobs(args.resources) if job.runs_on_pull_requests]
    reasons: dict[Identity, str] = {
        int(number): "productionEnvironmentIds of this rule lists it"
        for number in config.get("productionEnvironmentIds", [])
    }
    for environment in environments(args.resources):
        if environment.is_production:
            reason = f"'{environment.name}' has deployment type production"
            reasons |= dict.fromkeys(environment.identities, reason)
    for job in jobs(args.resources):
        if job.environment is not None and job.runs_on_merge:
            reasons.setdefault(job.environment, f"the merge job '{job.name}' runs there")
    for job in pull_request_jobs:
        if job.deferring_environment is not None:
            reasons.setdefault(job.deferring_environment, f"'{job.name}' defers to it")
    for job in pull_request_jobs:
        if job.environment in reasons:
            report(
                f"'{job.name}' builds pull requests in environment {described(job.environment)}, which is production: "
                f"{reasons[job.environment]}. Give it a deployment environment of its own",
                job.urn,
            )


OUTSIDE_PRODUCTION = StackValidationPolicy(
    name="pull-request-job-outside-production",
    description="Pull requests are not built in production.",
    validate=_is_outside_production,
    severity=Severity.CRITICAL,
    config_schema=PolicyConfigSchema(
        {"productionEnvironmentIds": {"type": "array", "items": {"type": "integer"}, "default": []}}
    ),
)
"""Refuses CI jobs in an environment that the stack shows to be production, or that the rule's setting lists."""
