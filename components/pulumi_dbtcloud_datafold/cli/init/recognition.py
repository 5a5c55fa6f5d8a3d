"""What a job is for, recognised by what it does and by what starts it; its name does not matter."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from itertools import islice, pairwise
from typing import Any, Literal

from cronsim import CronSim, CronSimError

from pulumi_dbtcloud_datafold.jobs.dbt_command import COMMANDS

Job = Mapping[str, Any]
"""A job, as dbt Cloud's API describes it."""

Role = Literal["production_job", "pull_request_job", "merge_job", "artifacts_job"]

SHORT_SCHEDULE = timedelta(hours=4)
"""A job that makes a manifest at least this often, at least at times, keeps the artifacts fresh."""

_BUILDS = ("build", "run")
_MAKES_A_MANIFEST = ("compile", "ls", "list", "parse")
_SELECTS = ("--select", "-s", "--models", "--model", "-m", "--selector")
_RUNS_LOOKED_AT = 8
"""A day of any schedule that is short at times, or the rare runs of one that is not."""
_REPRESENTATIVE = datetime(2024, 1, 1, tzinfo=UTC)


class Rank(IntEnum):
    """How well a job fits its role. The best one is taken if it is the only one of its rank."""

    BEST = 0
    SECOND = 1
    THIRD = 2
    FOURTH = 3
    NEVER_UNASKED = 4


@dataclass(frozen=True)
class Recognised:
    """A job and what it is for.

    Attributes:
        role: The key of the stack file's block that it can become; None if there is none.
        reason: Why, in a few words.
    """

    job: Job
    role: Role | None
    reason: str
    rank: Rank = Rank.BEST

    @property
    def number(self) -> int:
        """Its number."""
        return int(self.job["id"])

    @property
    def environment_id(self) -> int:
        """Number of the environment it runs in."""
        return int(self.job["environment_id"])


def recognise(jobs: Iterable[Job]) -> list[Recognised]:
    """Return what each job is for."""
    return [_recognised(job) for job in jobs]


def is_ci(job: Job) -> bool:
    """Tell whether pull requests start the job."""
    triggers = job.get("triggers") or {}
    webhooks = (triggers.get("github_webhook"), triggers.get("git_provider_webhook"))
    return any(webhooks) or job.get("job_type") == "ci"


def _recognised(job: Job) -> Recognised:
    triggers = job.get("triggers") or {}
    steps = [str(step) for step in job.get("execute_steps") or []]
    if is_ci(job):
        return _ci(job, triggers)
    commands = [_command(step) for step in steps]
    builds = [step for step, name in zip(steps, commands, strict=True) if name in _BUILDS]
    makes = [step for step, name in zip(steps, commands, strict=True) if name in _MAKES_A_MANIFEST]
    if not builds and not makes:
        return Recognised(job, None, "it neither builds models nor makes only a manifest")
    step = (builds or makes)[0]
    if triggers.get("on_merge"):
        if builds:
            return Recognised(job, "merge_job", f"a merge starts it, and it builds: {step}")
        reason = f"a merge starts it, and it makes a manifest: {step}"
        return Recognised(job, "artifacts_job", reason)
    if builds:
        return _building(job, builds)
    return _artifacts(job, step)


def _ci(job: Job, triggers: Mapping[str, Any]) -> Recognised:
    webhooks = [key for key in ("github_webhook", "git_provider_webhook") if triggers.get(key)]
    reason = f"pull requests start it ({', '.join(webhooks)})" if webhooks else "its type is CI job"
    return Recognised(job, "pull_request_job", reason)


def _building(job: Job, builds: Sequence[str]) -> Recognised:
    """Recognise a job that builds models and that no merge starts."""
    whole = [step for step in builds if not _selects(step)]
    what = f"builds everything: {whole[0]}" if whole else f"builds a part: {builds[0]}"
    if (job.get("triggers") or {}).get("schedule"):
        rank = Rank.BEST if whole else Rank.SECOND
        reason = f"its schedule starts it ({_schedule(job)}), and it {what}"
        return Recognised(job, "production_job", reason, rank)
    if condition := job.get("job_completion_trigger_condition"):
        after = (condition.get("condition") or {}).get("job_id")
        reason = f"the end of job {after} starts it, and it {what}"
        return Recognised(job, "production_job", reason, Rank.THIRD)
    reason = f"a person or the API starts it, and it {what}"
    return Recognised(job, "production_job", reason, Rank.FOURTH)


def _artifacts(job: Job, step: str) -> Recognised:
    """Recognise a job that only makes a manifest and that no merge starts."""
    what = f"makes a manifest: {step}"
    if not (job.get("triggers") or {}).get("schedule"):
        reason = f"no schedule and no merge starts it, and it {what}"
        return Recognised(job, "artifacts_job", reason, Rank.NEVER_UNASKED)
    is_short = _runs_often(job)
    reason = f"its schedule starts it ({_schedule(job)}), and it {what}"
    if not is_short:
        reason += "; that is seldom for keeping artifacts fresh"
    return Recognised(job, "artifacts_job", reason, Rank.BEST if is_short else Rank.NEVER_UNASKED)


def _words(step: str) -> list[str]:
    try:
        return shlex.split(step)
    except ValueError:
        return step.split()


def _command(step: str) -> str | None:
    """Return the dbt command of a step; None if it has none."""
    words = _words(step)
    if not words or words[0] != "dbt":
        return None
    return next((word for word in words[1:] if word in COMMANDS), None)


def _selects(step: str) -> bool:
    return any(word.partition("=")[0] in _SELECTS for word in _words(step))


def cron_of(job: Job) -> str:
    """Return the cron expression of a job's schedule; an empty text if it has none."""
    schedule = job.get("schedule") or {}
    return str(schedule.get("cron") or (schedule.get("date") or {}).get("cron") or "").strip()


def _schedule(job: Job) -> str:
    """Return the schedule in words; times are UTC."""
    cron = cron_of(job)
    try:
        words = CronSim(cron, _REPRESENTATIVE).explain()
    except CronSimError:
        return cron or "no times are known"
    return f"{words[0].lower()}{words[1:]}, UTC"


def _runs_often(job: Job) -> bool:
    """Tell whether some two runs are close together."""
    try:
        runs = [*islice(CronSim(cron_of(job), _REPRESENTATIVE), _RUNS_LOOKED_AT)]
    except CronSimError:
        return False
    return any(later - earlier <= SHORT_SCHEDULE for earlier, later in pairwise(runs))
