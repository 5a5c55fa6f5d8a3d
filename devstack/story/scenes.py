"""The scenes: a night's schedule, a pull request, its merge, and the hour of the other project.

Each prints what happens, and checks that it is what the set-up is for.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from devstack.story.account import Account, StoryError
from devstack.story.sample_repository import CHILDREN, MODEL, SampleRepository

REPOSITORY: Final = "example/analytics"
ANALYTICS, PRODUCTION, CI = 10, 101, 102
"""A dbt project of the development seed, and its environments."""


@dataclass(frozen=True)
class Story:
    """What all scenes need.

    Attributes:
        account: The local dbt Cloud.
        data: Its data directory.
        job_ids: The numbers of the stack's jobs, by the project's block and the job's role.
        report: Prints a line.
    """

    account: Account
    data: Path
    job_ids: Mapping[str, Mapping[str, int]]
    report: Callable[[str], None]

    def title(self, text: str) -> None:
        """Begin a scene."""
        self.report(f"\n== {text}\n")

    def git_event(self, event: str, number: int, branch: str) -> None:
        """Send dbt Cloud the event of a pull request, as the git host would.

        Raises:
            StoryError: dbt Cloud refuses it.
        """
        options = ("--repository", REPOSITORY, "--number", str(number), "--branch", branch)
        self.report(f"  $ localcloud git-event {event} {' '.join(options)}")
        command = [sys.executable, "-m", "localcloud", "git-event", event, *options]
        result = subprocess.run(  # noqa: S603 - our own command
            [*command, "--data", str(self.data)], capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise StoryError(result.stderr.strip())
        for line in result.stdout.splitlines():
            self.report(f"  {line}")


def play(story: Story) -> None:
    """Run all scenes, in order; the clock is right again at the end.

    Raises:
        StoryError: A scene ends otherwise than it should.
    """
    try:
        night(story)
        branch, number, line = pull_request(story)
        merge(story, branch, number, line)
        hour(story)
    finally:
        story.account.reset_clock()


def night(story: Story) -> None:
    """The scheduled jobs run, and build production."""
    story.title("Night: production is built on schedule")
    production = story.job_ids["analytics"]["production"]
    runs = _advance_to(
        story,
        _next(story.account.now(), hour=2),
        (production, story.job_ids["marketing"]["artifacts"]),
    )
    models = story.account.built(runs[production])
    story.report(f"  Built in production: {_joined(models)}")
    story.report(f"  Tested: {len(story.account.built(runs[production], 'test'))} data tests")
    tables = story.account.tables(ANALYTICS, PRODUCTION)
    for schema, names in tables.items():
        story.report(f"  DuckDB, schema {schema}: {_joined(names)}")
    _expect(set(models) <= set(tables.get("production", [])), "not all models are in production")


def pull_request(story: Story) -> tuple[str, int, str]:
    """A branch changes one model, and CI builds only that model and its children."""
    story.title("Morning: a pull request changes one model")
    number = story.account.pull_request_number()
    branch = f"story-{number}"
    repository = SampleRepository(story.data / "repositories" / REPOSITORY, story.report)
    line = repository.branch_with_a_change(branch)
    story.report(f"  {MODEL} now has: {line}")
    ci = story.job_ids["analytics"]["pull_request"]
    before = story.account.newest_run()
    story.git_event("pr-opened", number, branch)
    run = story.account.follow(before, (ci,), story.report)[ci]
    built = story.account.built(run)
    schema = f"dbt_cloud_pr_{ci}_{number}"
    found = sorted(story.account.tables(ANALYTICS, CI).get(schema, []))
    story.report(f"  Built, the model and its children only: {_joined(built)}")
    story.report(f"  In the pull request's own schema {schema}: {_joined(found)}")
    story.report(
        f"  All else was taken from production, by the manifest of run {run['deferring_run_id']}"
    )
    touched = sorted((MODEL, *CHILDREN))
    _expect(built == touched, f"CI should have built {_joined(touched)} only")
    _expect(found == touched, f"schema {schema} should hold {_joined(touched)} only")
    return branch, number, line


def merge(story: Story, branch: str, number: int, line: str) -> None:
    """The merge is deployed at once, and Datafold's manifest is the new one."""
    story.title("Noon: it is merged")
    job = story.job_ids["analytics"]["merge"]
    SampleRepository(story.data / "repositories" / REPOSITORY, story.report).merge(branch)
    before = story.account.newest_run()
    story.git_event("merged", number, branch)
    run = story.account.follow(before, (job,), story.report)[job]
    manifest = story.account.manifest(job)
    story.report(f"  Deployed: {_joined(story.account.built(run))}")
    _report_manifest(story, job, manifest)
    code = manifest["nodes"][f"model.analytics.{MODEL}"]["raw_code"]
    _expect(line in code, f"the manifest of job {job} is not that of the merged code")
    story.report(f"  In it, {MODEL} has the merged line: {line}")


def hour(story: Story) -> None:
    """The project without a merge job gets its manifest every hour."""
    story.title("The next hour: the project without a merge job")
    job = story.job_ids["marketing"]["artifacts"]
    now = story.account.now()
    runs = _advance_to(story, _next(now, hour=(now.hour + 1) % 24), (job,))
    manifest = story.account.manifest(job)
    _report_manifest(story, job, manifest)
    run_id = manifest["metadata"]["env"]["DBT_CLOUD_RUN_ID"]
    _expect(run_id == str(runs[job]["id"]), f"the manifest of job {job} is of run {run_id}")


def _advance_to(story: Story, moment: datetime, jobs: tuple[int, ...]) -> dict[int, dict[str, Any]]:
    """Set the clock ahead, and follow the runs that are due."""
    before = story.account.newest_run()
    story.report(f"  The clock of the local dbt Cloud goes on to {moment:%Y-%m-%d %H:%M} UTC")
    story.account.set_clock(moment)
    return story.account.follow(before, jobs, story.report)


def _next(now: datetime, *, hour: int) -> datetime:
    """The next time it is that hour, sharp."""
    moment = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return moment if moment > now else moment + timedelta(days=1)


def _report_manifest(story: Story, job: int, manifest: Mapping[str, Any]) -> None:
    metadata = manifest["metadata"]
    story.report(
        f"  'Job that creates dbt artifacts', number {job}, serves the manifest of run "
        f"{metadata['env']['DBT_CLOUD_RUN_ID']}, generated at {metadata['generated_at']}"
    )


def _joined(names: list[str]) -> str:
    return ", ".join(names) or "nothing"


def _expect(is_so: bool, problem: str) -> None:
    if not is_so:
        raise StoryError(problem)
