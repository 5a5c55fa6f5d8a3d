"""Do the jobs do their work: does what Datafold reads come about, and is it fresh?"""

import itertools
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cronsim import CronSim, CronSimError

from pulumi_dbtcloud_datafold.cli.check.account_facts import (
    CANCELLED,
    ERROR,
    MANIFEST,
    SUCCESS,
    AccountFacts,
    Document,
    ended,
)
from pulumi_dbtcloud_datafold.cli.check.finding import Finding
from pulumi_dbtcloud_datafold.cli.check.stack_state import PULL_REQUEST, Declared, StackState
from pulumi_dbtcloud_datafold.cli.check.subjects import Subjects

SCHEDULES = 3
"""After so many missed times of its schedule, a job's last success is too old."""
FAILED_PULL_REQUESTS = 5
"""After so many failures in a row the fault is hardly in the pull requests."""
LONGEST_RUN = timedelta(hours=24)
"""dbt Cloud ends a run after that. Source: https://docs.getdbt.com/docs/deploy/job-scheduler"""
_BY_A_PERSON = "by user"
_FEW_CANCELLED = 2
_BUILDS = ("build", "run")
_LINE_LIMIT = 300
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_ERROR_LINE = re.compile(r"(\berror\b|\bexception\b|\bfail(ed|ure)\b)", re.IGNORECASE)
_NO_ERROR = re.compile(r"(\bERROR=0\b|\b0 errors\b)")


def findings(
    state: StackState,
    facts: AccountFacts,
    subjects: Subjects,
    now: datetime,
    max_age_hours: float | None,
) -> Iterator[Finding]:
    """Yield what does not work.

    Args:
        state: What is declared.
        facts: What dbt Cloud has.
        subjects: Makes the findings.
        now: The time, UTC.
        max_age_hours: A success may be this old; None means three times the job's schedule.
    """
    sources = {job.number for job in state.sources()}
    for job in state.jobs.values():
        found = facts.jobs.get(job.number)
        if found is None or job.number not in facts.runs:
            continue
        if found.get("deactivated"):
            problem = "dbt Cloud has switched it off, as it does after 100 failures in a row"
            fix = "mend what its last run shows, then switch the job on again in its Settings in dbt Cloud"
            yield subjects.job(job).finding("job-switched-off", "error", problem, fix)
        if job.component == PULL_REQUEST:
            yield from _pull_requests(job, facts, subjects)
            continue
        yield from _newest(job, facts, subjects)
        yield from _waiting(job, facts, subjects, now)
        yield from _cancelled(job, found, facts, subjects, now)
        if job.number in sources:
            yield from _artifacts(job, facts, subjects)
        yield from _age(job, found, facts, subjects, now, max_age_hours)
    yield from _deferral(state, facts, subjects)


def has_repository(job: Declared, facts: AccountFacts) -> bool:
    """Tell whether the job's project has a repository, as far as the token sees it; without one no run succeeds."""
    project = facts.projects.get(int(job.inputs["projectId"]))
    return project is None or project.get("repository_id") is not None


def _newest(job: Declared, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    runs = ended(facts.runs[job.number])
    if not runs or runs[0]["status"] != ERROR:
        return
    row = _in_a_row(runs, ERROR)
    first = row[-1]
    more = "at least " if len(row) == len(runs) and facts.successes.get(job.number) else ""
    many = f"{more}{len(row)} runs in a row" if len(row) > 1 else "1 run"
    reason = _first_error(facts.failures.get(runs[0]["id"]) or runs[0])
    problem = f"it has failed since {_time(first)} ({many}): {reason}"
    fix = "mend what the run's log shows, then start the job once"
    yield subjects.run(job, runs[0]).finding("job-fails", "error", problem, fix)


def _waiting(
    job: Declared, facts: AccountFacts, subjects: Subjects, now: datetime
) -> Iterator[Finding]:
    runs = facts.runs[job.number]
    have_ended = ended(runs)
    open_ones = [run for run in runs if run not in have_ended]
    if not open_ones or now - _aware(str(open_ones[-1]["created_at"])) < LONGEST_RUN:
        return
    run = open_ones[-1]
    created = f"{_aware(str(run['created_at'])):%Y-%m-%d %H:%M} UTC"
    problem = f"its run {run['id']} of {created} has not ended, and later runs wait for it"
    fix = "cancel that run in dbt Cloud, then start the job once"
    yield subjects.run(job, run).finding("run-does-not-end", "error", problem, fix)


def _cancelled(
    job: Declared, found: Document, facts: AccountFacts, subjects: Subjects, now: datetime
) -> Iterator[Finding]:
    runs = ended(facts.runs[job.number])
    cancelled = [
        run
        for run in runs
        if run["status"] == CANCELLED
        and _BY_A_PERSON not in str(run.get("status_message") or "").lower()
    ]
    if len(cancelled) < _FEW_CANCELLED:
        return
    every = interval(found, now)
    took = max((_seconds(run) for run in runs if run["status"] == SUCCESS), default=0)
    is_too_often = every is not None and took > every.total_seconds()
    why = (
        f"; its runs take up to {_hours(took)}, and it starts every {_hours(every.total_seconds())}"
        if is_too_often and every
        else ""
    )
    problem = f"dbt Cloud has cancelled {len(cancelled)} of its last {len(runs)} runs{why}"
    fix = (
        "give it a longer interval than its runs take"
        if is_too_often
        else "look at why the run was cancelled: a longer run than the job's timeout, or a run before it that still ran"
    )
    yield subjects.run(job, cancelled[0]).finding("runs-cancelled", "warning", problem, fix)


def _artifacts(job: Declared, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    success = facts.successes.get(job.number)
    if success is None:
        runs = ended(facts.runs[job.number])
        if runs and runs[0]["status"] == ERROR:
            return  # `_newest` reports it.
        problem = "Datafold reads dbt's artifacts from it, and none of its runs has been successful"
        yield subjects.job(job).finding("no-artifacts", "error", problem, _start(job, facts))
    elif MANIFEST not in facts.artifacts.get(success["id"], [MANIFEST]):
        problem = f"its newest success, run {success['id']}, has left no {MANIFEST}, so Datafold finds no models"
        fix = "give it a step that makes one (dbt compile, ls, parse or build), last of its steps"
        yield subjects.run(job, success).finding("no-manifest", "error", problem, fix)


def _age(
    job: Declared,
    found: Document,
    facts: AccountFacts,
    subjects: Subjects,
    now: datetime,
    max_age_hours: float | None,
) -> Iterator[Finding]:
    success = facts.successes.get(job.number)
    every = interval(found, now)
    limit = timedelta(hours=max_age_hours) if max_age_hours else every and SCHEDULES * every
    if limit is None:
        return
    if success is None:
        created = _aware(str(found["created_at"]))
        if not facts.runs[job.number] and now - created > limit:
            problem = f"it has never run, and it exists since {created:%Y-%m-%d %H:%M} UTC"
            yield subjects.job(job).finding("never-ran", "error", problem, _start(job, facts))
        return
    age = now - _moment(success)
    if age > limit:
        problem = f"its last success ended {_time(success)}, {_hours(age.total_seconds())} ago"
        problem += f"; it starts every {_hours(every.total_seconds())}" if every else ""
        fix = (
            "look at its runs since then, and start it once"
            if ended(facts.runs[job.number])
            else _start(job, facts)
        )
        yield subjects.job(job).finding("no-recent-success", "error", problem, fix)


def _pull_requests(job: Declared, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    runs = ended(facts.runs[job.number])
    row = _in_a_row(runs, ERROR)
    if len(row) >= FAILED_PULL_REQUESTS:
        reason = _first_error(facts.failures.get(runs[0]["id"]) or runs[0])
        problem = f"its last {len(row)} runs have failed, so Datafold compares nothing: {reason}"
        fix = "look at these runs: what all have in common is not a mistake of one pull request"
        yield subjects.run(job, runs[0]).finding("pull-requests-fail", "warning", problem, fix)


def _deferral(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    for job in state.with_role(PULL_REQUEST):
        environment = job.inputs.get("deferringEnvironmentId")
        if not environment or int(environment) not in facts.sources:
            continue
        newest = facts.sources[int(environment)]
        there = [
            one
            for one in state.jobs.values()
            if int(one.inputs["environmentId"]) == int(environment)
        ]
        # A manifest alone would do for the comparison, but pull requests would refer to tables that are not there.
        there.sort(key=_builds, reverse=True)
        if newest is None:
            problem = (
                f"it defers to environment {int(environment)}, in which no run has ever been successful, so it has "
                "nothing to compare a pull request with and fails"
            )
            fix = _start(there[0], facts) if there else "start a job there once"
            yield subjects.job(job).finding("nothing-to-defer-to", "error", problem, fix)
        elif MANIFEST not in facts.artifacts.get(newest["id"], [MANIFEST]):
            problem = (
                f"it compares with run {newest['id']}, the newest success in environment {int(environment)}, and that "
                f"has left no {MANIFEST}"
            )
            fix = _start(there[0], facts) if there else "start a job there that builds"
            yield subjects.run(job, newest).finding("nothing-to-defer-to", "error", problem, fix)


def interval(job: Document, now: datetime) -> timedelta | None:
    """Return the longest time between two starts by the clock; None if it does not start the job."""
    if not (job.get("triggers") or {}).get("schedule"):
        return None
    cron = (job.get("schedule") or {}).get("cron")
    if not cron:
        return None
    try:
        times = CronSim(cron, now)
    except CronSimError:
        # One that dbt Cloud understands and this library does not.
        return None
    starts = [start for _, start in zip(range(15), times, strict=False)]
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    return max(pauses, default=None)


def _start(job: Declared, facts: AccountFacts) -> str:
    """Return what makes a job succeed once."""
    if not has_repository(job, facts):
        return "attach the project's repository first (see the finding about it); then start the job once"
    return f"start job {job.number} '{job.name}' once; for new stacks: first_run: true"


def _builds(job: Declared) -> bool:
    steps: Sequence[Any] = job.inputs.get("executeSteps") or []
    return any(word in _BUILDS for step in steps for word in str(step).split())


def _in_a_row(runs: Sequence[Document], status: int) -> list[Document]:
    row = []
    for run in runs:
        if run["status"] != status:
            break
        row.append(run)
    return row


def _first_error(run: Document) -> str:
    """Return the first line of a run's error that says something."""
    for step in run.get("run_steps") or []:
        if step.get("status") == ERROR:
            lines = _COLOURS.sub("", str(step.get("logs") or "")).splitlines()
            plain = [line.strip() for line in lines if line.strip()]
            telling = [
                line for line in plain if _ERROR_LINE.search(line) and not _NO_ERROR.search(line)
            ]
            line = (telling or plain or ["no log"])[0]
            return f"{step.get('name')}: {line[:_LINE_LIMIT]}"
    message = str(run.get("status_message") or "no reason given").strip()
    return message.splitlines()[0][:_LINE_LIMIT]


def _moment(run: Document) -> datetime:
    return _aware(str(run.get("finished_at") or run["created_at"]))


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _time(run: Document) -> str:
    return f"{_moment(run):%Y-%m-%d %H:%M} UTC"


def _seconds(run: Document) -> int:
    hours, minutes, seconds = (int(part) for part in str(run.get("duration") or "0:0:0").split(":"))
    return hours * 3_600 + minutes * 60 + seconds


def _hours(seconds: float) -> str:
    hours = seconds / 3_600
    if hours < 1:
        return f"{round(seconds / 60)} minutes"
    number = f"{hours:.1f}".removesuffix(".0")
    return "1 hour" if number == "1" else f"{number} hours"


def last_success(job: Declared, facts: AccountFacts) -> str | None:
    """Return when a job succeeded last; None if it never did."""
    run = facts.successes.get(job.number)
    return _moment(run).isoformat() if run else None
