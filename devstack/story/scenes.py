"""The scenes: a night's schedule, a pull request, its merge, and the hour of the other project.

Each says what happens, and holds what it finds against what the set-up is for.
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
class Stage:
    """What all scenes need.

    Attributes:
        account: The local dbt Cloud.
        data: Its data directory.
        jobs: The numbers of the stack's jobs, by the project's block and the job's role.
        say: Prints a line.
    """

    account: Account
    data: Path
    jobs: Mapping[str, Mapping[str, int]]
    say: Callable[[str], None]

    def title(self, text: str) -> None:
        """Begin a scene."""
        self.say(f"\n== {text}\n")

    def git_event(self, event: str, number: int, branch: str) -> None:
        """Tell dbt Cloud of the pull request, as the git host would.

        Raises:
            StoryError: It does not take it.
        """
        told = ("--repository", REPOSITORY, "--number", str(number), "--branch", branch)
        self.say(f"  $ localcloud git-event {event} {' '.join(told)}")
        command = [sys.executable, "-m", "localcloud", "git-event", event, *told]
        ended = subprocess.run(  # noqa: S603 - our own command
            [*command, "--data", str(self.data)], capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise StoryError(ended.stderr.strip())
        for line in ended.stdout.splitlines():
            self.say(f"  {line}")


def tell(stage: Stage) -> None:
    """Tell the whole story.

    Raises:
        StoryError: It does not go as told.
    """
    try:
        night(stage)
        branch, number, line = pull_request(stage)
        merge(stage, branch, number, line)
        hour(stage)
    finally:
        stage.account.reset_clock()


def night(stage: Stage) -> None:
    """The scheduled jobs run, and production is there."""
    stage.title("Night: production is built on schedule")
    production = stage.jobs["analytics"]["production"]
    runs = _go_on_to(
        stage,
        _next(stage.account.now(), hour=2),
        (production, stage.jobs["marketing"]["artifacts"]),
    )
    models = stage.account.built(runs[production])
    stage.say(f"  Built in production: {_listed(models)}")
    stage.say(f"  Tested: {len(stage.account.built(runs[production], 'test'))} data tests")
    tables = stage.account.tables(ANALYTICS, PRODUCTION)
    for schema, names in tables.items():
        stage.say(f"  DuckDB, schema {schema}: {_listed(names)}")
    _expect(set(models) <= set(tables.get("production", [])), "not all models are in production")


def pull_request(stage: Stage) -> tuple[str, int, str]:
    """A branch changes one model, and CI builds just what that touches."""
    stage.title("Morning: a pull request changes one model")
    number = stage.account.pull_request_number()
    branch = f"story-{number}"
    repository = SampleRepository(stage.data / "repositories" / REPOSITORY, stage.say)
    line = repository.branch_with_a_change(branch)
    stage.say(f"  {MODEL} now has: {line}")
    ci = stage.jobs["analytics"]["pull_request"]
    before = stage.account.newest_run()
    stage.git_event("pr-opened", number, branch)
    run = stage.account.follow(before, (ci,), stage.say)[ci]
    built = stage.account.built(run)
    schema = f"dbt_cloud_pr_{ci}_{number}"
    found = sorted(stage.account.tables(ANALYTICS, CI).get(schema, []))
    stage.say(f"  Built, the model and its children only: {_listed(built)}")
    stage.say(f"  In the pull request's own schema {schema}: {_listed(found)}")
    stage.say(
        f"  All else was taken from production, by the manifest of run {run['deferring_run_id']}"
    )
    touched = sorted((MODEL, *CHILDREN))
    _expect(built == touched, f"CI should have built {_listed(touched)} only")
    _expect(found == touched, f"schema {schema} should hold {_listed(touched)} only")
    return branch, number, line


def merge(stage: Stage, branch: str, number: int, line: str) -> None:
    """The merge is deployed at once, and Datafold's manifest is the new one."""
    stage.title("Noon: it is merged")
    job = stage.jobs["analytics"]["merge"]
    SampleRepository(stage.data / "repositories" / REPOSITORY, stage.say).merge(branch)
    before = stage.account.newest_run()
    stage.git_event("merged", number, branch)
    run = stage.account.follow(before, (job,), stage.say)[job]
    manifest = stage.account.manifest(job)
    stage.say(f"  Deployed: {_listed(stage.account.built(run))}")
    _say_manifest(stage, job, manifest)
    code = manifest["nodes"][f"model.analytics.{MODEL}"]["raw_code"]
    _expect(line in code, f"the manifest of job {job} is not that of the merged code")
    stage.say(f"  In it, {MODEL} has the merged line: {line}")


def hour(stage: Stage) -> None:
    """The project without a merge job gets its manifest every hour."""
    stage.title("The next hour: the project without a merge job")
    job = stage.jobs["marketing"]["artifacts"]
    now = stage.account.now()
    runs = _go_on_to(stage, _next(now, hour=(now.hour + 1) % 24), (job,))
    manifest = stage.account.manifest(job)
    _say_manifest(stage, job, manifest)
    told = manifest["metadata"]["env"]["DBT_CLOUD_RUN_ID"]
    _expect(told == str(runs[job]["id"]), f"the manifest of job {job} is of run {told}")


def _go_on_to(stage: Stage, moment: datetime, jobs: tuple[int, ...]) -> dict[int, dict[str, Any]]:
    """Move the clock ahead, and follow what is due."""
    before = stage.account.newest_run()
    stage.say(f"  The clock of the local dbt Cloud goes on to {moment:%Y-%m-%d %H:%M} UTC")
    stage.account.set_clock(moment)
    return stage.account.follow(before, jobs, stage.say)


def _next(now: datetime, *, hour: int) -> datetime:
    """The next time it is that hour, sharp."""
    moment = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return moment if moment > now else moment + timedelta(days=1)


def _say_manifest(stage: Stage, job: int, manifest: Mapping[str, Any]) -> None:
    told = manifest["metadata"]
    stage.say(
        f"  'Job that creates dbt artifacts', number {job}, serves the manifest of run "
        f"{told['env']['DBT_CLOUD_RUN_ID']}, generated at {told['generated_at']}"
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "nothing"


def _expect(held: bool, problem: str) -> None:
    if not held:
        raise StoryError(problem)
