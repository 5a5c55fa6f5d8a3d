"""Which job Datafold reads dbt's artifacts from: one for each project.

Source: Datafold's prerequisites ("Job that creates dbt artifacts").
"""

from collections import defaultdict

from pulumi_policy import ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from datafold_rules.declared import Identity, Job, described, jobs

ARTIFACTS_COMMANDS = ("compile", "list", "ls", "parse")
"""dbt commands that write `manifest.json` without building a model."""


def _exactly_one(args: StackValidationArgs, report: ReportViolation) -> None:
    sources: dict[Identity, list[Job]] = defaultdict(list)
    watched: set[Identity] = set()
    for job in jobs(args.resources):
        if job.project is None:
            continue
        if job.runs_on_pull_requests:
            watched.add(job.project)
        elif _is_artifacts_source(job):
            sources[job.project].append(job)
    for project in sorted(watched - sources.keys(), key=str):
        report(
            f"project {described(project)} has a pull-request job, but no merge job and no artifacts job, so no job "
            "keeps the artifacts fresh. Add a MergeJob (recommended) or an ArtifactsJob",
            None,
        )
    for project, unordered in sources.items():
        # A merge job is the one to keep, so the violation is reported at the other.
        found = sorted(unordered, key=lambda job: (not job.runs_on_merge, job.name))
        if len(found) > 1:
            names = ", ".join(f"'{job.name}'" for job in found)
            report(
                f"project {described(project)} has {len(found)} jobs that create dbt artifacts ({names}); Datafold "
                "reads one. Keep the merge job if there is one",
                found[-1].urn,
            )


def _is_artifacts_source(job: Job) -> bool:
    if job.component:
        return job.component in ("MergeJob", "ArtifactsJob")
    return job.runs_on_merge or (bool(job.steps) and all(map(_builds_nothing, job.steps)))


def _builds_nothing(step: str) -> bool:
    """Tell whether a step is one of `ARTIFACTS_COMMANDS`; dbt's own options may stand before it."""
    words = [word for word in step.split() if not word.startswith("-")]
    return len(words) > 1 and words[0] == "dbt" and words[1] in ARTIFACTS_COMMANDS


EXACTLY_ONE = StackValidationPolicy(
    name="one-artifacts-source",
    description='A project has exactly one "Job that creates dbt artifacts".',
    validate=_exactly_one,
    severity=Severity.HIGH,
)
"""Refuses projects with pull-request jobs and no such job, and projects with two."""
