"""Which branch a merge job watches: that of the environment it runs in.

Source: https://docs.getdbt.com/docs/deploy/merge-jobs
"""

from collections.abc import Sequence

from pulumi_policy import (
    PolicyConfigSchema,
    ReportViolation,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from datafold_rules.declared import Environment, Job, described, environments, jobs

BRANCHES = ["main", "master"]


def _is_on_production_branch(args: StackValidationArgs, report: ReportViolation) -> None:
    branches = list((args.get_config() or {}).get("branches", BRANCHES))
    declared = jobs(args.resources)
    pull_request_jobs = [job for job in declared if job.runs_on_pull_requests]
    for job in declared:
        if not job.runs_on_merge or job.environment is None:
            continue
        for environment in environments(args.resources):
            if job.environment in environment.identities:
                _check_environment(job, environment, branches, report)
        _check_pull_request_jobs(job, pull_request_jobs, report)


def _check_environment(
    job: Job, environment: Environment, branches: Sequence[str], report: ReportViolation
) -> None:
    if not environment.is_production:
        report(
            f"'{job.name}' runs in '{environment.name}', which has no deployment type production, so merges would not "
            "reach production. Give it the production environment",
            job.urn,
        )
    if environment.custom_branch and environment.custom_branch not in branches:
        report(
            f"'{job.name}' runs on merges into '{environment.custom_branch}', the branch of '{environment.name}'. "
            f"Set that environment to {' or '.join(branches)}, or add the branch to `branches` of "
            "merge-job-on-production-branch",
            job.urn,
        )


def _check_pull_request_jobs(
    job: Job, pull_request_jobs: Sequence[Job], report: ReportViolation
) -> None:
    """Compare with the environment that the project's pull requests are compared with."""
    production = {
        other.deferring_environment
        for other in pull_request_jobs
        if other.project == job.project and other.deferring_environment is not None
    }
    if production and job.environment not in production:
        deferring = " and ".join(sorted(described(environment) for environment in production))
        report(
            f"'{job.name}' runs in environment {described(job.environment or '')}, but the project's pull-request jobs "
            f"defer to {deferring}: what it builds is not what they are compared with. Give both the production "
            "environment",
            job.urn,
        )


ON_PRODUCTION_BRANCH = StackValidationPolicy(
    name="merge-job-on-production-branch",
    description="A merge job runs in production, on merges into the production branch.",
    validate=_is_on_production_branch,
    severity=Severity.HIGH,
    config_schema=PolicyConfigSchema(
        {
            "branches": {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
                "default": BRANCHES,
            }
        }
    ),
)
"""Refuses merge jobs elsewhere. The branch of an environment that the stack does not declare is not known here."""
