"""What a person must know, decide or do before or after an update."""

import re
from collections.abc import Iterator, Sequence

from pulumi_dbtcloud_datafold.cli.review.preview_changes import ACCOUNT, Change, Preview
from pulumi_dbtcloud_datafold.datafold_form import ARTIFACTS_FIELD, PULL_REQUESTS_FIELD
from pulumi_dbtcloud_datafold.settings.problems import masked

_FIELDS = {
    "MergeJob": ARTIFACTS_FIELD,
    "ArtifactsJob": ARTIFACTS_FIELD,
    "PullRequestJob": PULL_REQUESTS_FIELD,
}
_PROTECTED = "because it is protected"
_FAILED = "preview failed"
_HOOK = re.compile(r'^Preview failed: (before|after) hook "[^"]*" failed: ')
"""What Pulumi puts before the message of a guard."""
_WARNED_ELSEWHERE = (
    *("is deleted", "are deleted", "is not deleted", "is replaced", "stops working"),
)
"""Warnings of the components about what the steps show too."""
_UNPROTECT = (
    "To do it all the same, set `protect: false` in the project's block, or `dbtcloud-datafold:protect: false` for the "
    "stack, bring that up, then bring up this change."
)
_ENTER_IT = (
    "Enter the new secret in Datafold (Settings > Integrations > CI) right after the update: "
    "`pulumi stack output service_token_string --show-secrets`."
)


def items(preview: Preview) -> list[str]:
    """Return one text for each thing that needs a person, the most urgent first."""
    return [
        *(f"**The update is refused.** {error}" for error in _errors(preview)),
        *_stopped(preview),
        *_numbers(preview),
        *_tokens(preview),
        *_others(preview),
        *_warnings(preview),
    ]


def _errors(preview: Preview) -> Iterator[str]:
    for error in preview.errors:
        # Protection is explained in our own words, and the last error only counts the others.
        if _PROTECTED not in error and error != _FAILED:
            yield _HOOK.sub("", masked(error))


def _stopped(preview: Preview) -> Iterator[str]:
    stopped = [
        change
        for change in preview.changes
        if change.is_protected and change.operation in ("delete", "replace")
    ]
    if stopped:
        verbs = {"delete": "deletion", "replace": "replacement"}
        names = ", ".join(f"{verbs[change.operation]} of {change.subject}" for change in stopped)
        yield f"**Protection stops the update:** {names}. {_UNPROTECT}"
    elif any(_PROTECTED in error for error in preview.errors):
        yield f"**Protection stops the update.** {_UNPROTECT}"


def _numbers(preview: Preview) -> Iterator[str]:
    jobs = [change for change in preview.changes if change.kind == "job"]
    without_successor: dict[str, list[Change]] = {}
    for job in jobs:
        field = _FIELDS.get(job.component)
        if job.operation == "replace":
            after = (
                f'Datafold still has the old one: choose the new one there, field "{field}".'
                if field
                else "What starts it by its number needs the new one."
            )
            yield f"**{_capital(job)} gets a new number** (project {job.project}). {after}"
        elif job.operation == "delete" and (successor := _successor(job, jobs)):
            yield (
                f"**{_capital(job)} is deleted** (project {job.project}). Datafold has its number: choose "
                f"'{successor.name}' there, field \"{field}\". The new job has no artifacts before its first run."
            )
        elif job.operation == "delete":
            without_successor.setdefault(job.project, []).append(job)
    for project, deleted in without_successor.items():
        yield _deleted(project, deleted)


def _successor(job: Change, jobs: Sequence[Change]) -> Change | None:
    """Return the job that takes a deleted one's place in Datafold's form."""
    field = _FIELDS.get(job.component)
    for new in jobs:
        is_new = new.operation in ("create", "import") and new.project == job.project
        if is_new and field and _FIELDS.get(new.component) == field:
            return new
    return None


def _deleted(project: str, jobs: Sequence[Change]) -> str:
    names = " and ".join(f"{job.number} '{job.name}'" for job in jobs)
    what = f"Job {names} is deleted" if len(jobs) == 1 else f"Jobs {names} are deleted"
    used = [job for job in jobs if job.component in _FIELDS]
    numbers = " and ".join(str(job.number) for job in used)
    after = (
        f"Datafold has number {numbers}, and nothing takes its place: pause or remove the integration of {project} "
        "in Datafold first."
        if used
        else "Its schedule ends with it."
    )
    return f"**{what}** (project {project}). {after}"


def _capital(change: Change) -> str:
    return change.subject[0].upper() + change.subject[1:]


def _tokens(preview: Preview) -> Iterator[str]:
    tokens = [change for change in preview.changes if change.kind == "token"]
    made = {change.component for change in tokens if change.operation == "create"}
    gone = {change.component for change in tokens if change.operation == "delete"}
    for token in tokens:
        is_for_pipeline = token.component == "PipelineToken"
        give = (
            "Set the repository's secret again right after the update (docs/pipeline.md)."
            if is_for_pipeline
            else _ENTER_IT
        )
        if token.operation == "replace":
            yield (
                f"**{_capital(token)} is replaced:** its secret stops working at the end of the update. {give} "
                "`keep_previous: true` beside a higher `generation` avoids the interruption."
            )
        elif token.operation == "delete":
            rest = give if token.component in made else "What uses its secret is locked out."
            yield f"**{_capital(token)} is deleted:** its secret stops working. {rest}"
        elif token.operation == "create" and token.component not in gone:
            yield f"**{_capital(token)} is new.** {give}"


def _others(preview: Preview) -> Iterator[str]:
    for change in preview.changes:
        if change.kind == "environment" and change.operation in ("delete", "replace"):
            place = "" if change.project == ACCOUNT else f" (project {change.project})"
            yield f"**{_capital(change)} is {change.operation}d**{place}, with its jobs and credentials."
        if change.kind == "webhook" and change.operation in ("create", "replace"):
            yield (
                f"**{_capital(change)} gets a new signing secret.** Give it to the receiver, which checks with it "
                "who calls."
            )


def _warnings(preview: Preview) -> Iterator[str]:
    for warning in preview.warnings:
        if not any(words in warning for words in _WARNED_ELSEWHERE):
            yield f"Warning: {masked(warning)}"
