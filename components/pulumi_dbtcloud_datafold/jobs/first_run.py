"""The first run of a job, right after it was created, so that deferral and Datafold have a manifest on day one.

A run is started once in a job's life: never in a preview, never for a job that was adopted, never again by a later
`pulumi up`. A run that cannot be started, or fails, is a warning: the job itself is there and right.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, NotRequired, TypedDict

import pulumi
from pydantic import Field

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi, DbtCloudError
from pulumi_dbtcloud_datafold.account.connection import Connection
from pulumi_dbtcloud_datafold.engine.account_questions import in_thread
from pulumi_dbtcloud_datafold.settings.problems import one_line
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel

CAUSE = "First run after the job was created by Pulumi"
WAIT_LIMIT_SECONDS = 7_200
"""`pulumi up` holds the stack's lock while it waits."""
VISIBLE_AFTER_SECONDS = 60.0
"""dbt Cloud can answer 404 for a run that it has just started, so it is asked again for a minute."""
POLL_SECONDS = 5.0
"""Only a webhook announces the end of a run; dbt Cloud allows 5,000 requests a minute."""


class FirstRunArgs(TypedDict):
    """Whether a job runs once right after it was created."""

    first_run: NotRequired[bool]
    """Start a run once the job is created, so that there is a manifest on day one. A run that cannot be started or
    fails is a warning. Default: false."""
    first_run_wait_seconds: NotRequired[int]
    """With `first_run`: wait up to this many seconds for the run's end and report it. Default: 0, report only the
    start."""


class FirstRun(SettingsModel):
    """`FirstRunArgs`, checked."""

    args_type: ClassVar[type] = FirstRunArgs

    first_run: bool = False
    first_run_wait_seconds: Annotated[int, Field(ge=0, le=WAIT_LIMIT_SECONDS)] = 0


def first_run_hook(
    name: str, component: pulumi.ComponentResource, connection: Connection, wait_seconds: int
) -> pulumi.ResourceHook:
    """Return the hook that starts the first run of a component's job after its creation."""

    async def after(args: pulumi.ResourceHookArgs) -> None:
        token = await connection.token.future()
        job = args.new_outputs or {}
        with DbtCloudApi(connection.access_url, connection.account_id, token or "") as api:
            await run_once(Reporter(component, job["name"]), connection, api, job, wait_seconds)

    return pulumi.ResourceHook(f"{type(component).__name__} {name}-job: first run", after)


@dataclass(frozen=True)
class Reporter:
    """Writes about the run in Pulumi's output, beside the component."""

    component: pulumi.ComponentResource
    job_name: str

    def info(self, message: str) -> None:
        """Report what went well."""
        pulumi.log.info(f"first run of '{self.job_name}' {message}", self.component)

    def warn(self, message: str) -> None:
        """Report what did not."""
        pulumi.log.warn(f"first run of '{self.job_name}' {message}", self.component)


async def run_once(
    reporter: Reporter,
    connection: Connection,
    api: DbtCloudApi,
    job: Mapping[str, Any],
    wait_seconds: int,
) -> None:
    """Start a run of the job if it never had one, and report it; `job` has the provider's outputs."""
    project_id, job_id = int(job["projectId"]), int(job["jobId"])
    try:
        if await in_thread(api.runs, job_id, 1):
            return  # A merge, or a person, was faster.
        run = await in_thread(api.start_run, job_id, CAUSE)
    except DbtCloudError as error:
        page = connection.access_url.job(connection.account_id, project_id, job_id)
        reporter.warn(
            f"was not started, as far as is known: {error}. The job itself is there; start it on its page: {page}"
        )
        return
    page = connection.access_url.run(connection.account_id, project_id, run["id"])
    waiting = f", and is followed for {wait_seconds} s at most" if wait_seconds else ""
    reporter.info(f"started{waiting}: {page}")
    if wait_seconds:
        try:
            run = await _ended(api, run, wait_seconds)
        except DbtCloudError as error:
            reporter.warn(f"was started and can no longer be followed: {error}. See {page}")
            return
        _report(reporter, run, page)


async def _ended(api: DbtCloudApi, run: dict[str, Any], wait_seconds: int) -> dict[str, Any]:
    """Return the run when it has ended or the time is up."""
    deadline = time.monotonic() + wait_seconds
    visible_by = time.monotonic() + VISIBLE_AFTER_SECONDS
    while not run["is_complete"] and (left := deadline - time.monotonic()) > 0:
        await asyncio.sleep(min(POLL_SECONDS, left))
        try:
            run = await in_thread(api.run, run["id"])
        except DbtCloudError as error:
            if error.status != HTTPStatus.NOT_FOUND or time.monotonic() >= visible_by:
                raise
    return run


def _report(reporter: Reporter, run: Mapping[str, Any], page: str) -> None:
    if run["is_success"]:
        reporter.info(f"ended in success: {page}")
    elif run["is_complete"]:
        reason = run.get("status_message") or run.get("status_humanized") or "no reason given"
        reporter.warn(
            f"failed ({one_line(str(reason))}), so there is no manifest yet. Its log: {page}"
        )
    else:
        reporter.warn(f"has not ended yet, and is no longer waited for: {page}")
