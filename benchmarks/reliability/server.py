"""Trials of the local dbt Cloud: many writes at once, `kill -9` while it writes or runs, many jobs."""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import httpx

from benchmarks import localcloud_many_jobs
from localcloud import process
from localcloud.server import DATABASE
from tests.localcloud.contract import killed_server
from tests.localcloud.contract.client import AUTH
from tests.localcloud.runs import executors
from tests.localcloud.runs.repository import Repository
from tests.localcloud.runs.server import serving

WRITES, CLIENTS = 1_600, 16
KILLS = 30
JOBS = 10_000
TIMES = 20
"""How often a request is measured."""

_ENDED_WITH_THE_SERVER = "The server ended while this run was under way"


@dataclass(frozen=True)
class Served:
    """One kind of trial and what came of it.

    Attributes:
        name: What was tried.
        count: How much of it.
        found: What was found, in words.
        lost: What was lost or is wrong.
    """

    name: str
    count: int
    found: str
    lost: tuple[str, ...] = ()


def trials(folder: Path, only: str = "") -> Iterator[Served]:
    """Run the trials whose names have a text in them, one after the other, each in a folder of its own."""
    table: dict[str, Callable[[Path], Served]] = {
        "writes at once": _writes_at_once,
        "kill -9 during writes": _killed_while_writing,
        "kill -9 during a run": _killed_while_running,
        "jobs": _many_jobs,
    }
    for number, (name, run) in enumerate(table.items()):
        if only in name:
            click.echo(f"the local dbt Cloud: {name}", err=True)
            yield run(folder / f"server-{number}")


def _writes_at_once(folder: Path) -> Served:
    running, _ = process.start(folder, 0, None)
    try:
        seconds = localcloud_many_jobs.make_jobs(running.url, WRITES, CLIENTS)
        lost = _missing_jobs(running.url, WRITES)
    finally:
        process.stop(folder)
    found = f"from {CLIENTS} clients, {WRITES / seconds:.0f} a second; each is there once"
    return Served("writes at once", WRITES, found, lost)


def _missing_jobs(url: str, count: int) -> tuple[str, ...]:
    """Return what is not there once, of jobs made by `make_jobs`."""
    with httpx.Client(base_url=url, headers=AUTH, timeout=60) as client:
        names = Counter(killed_server.stored_jobs(client).values())
    expected = Counter(f"Job {number:05}" for number in range(count))
    return tuple(sorted({*(names - expected), *(expected - names)}))


def _killed_while_writing(folder: Path) -> Served:
    try:
        # After different numbers of answers the server is at different places.
        writers = killed_server.outlive(folder, [7 * number % 41 + 5 for number in range(KILLS)])
        changes = sum(len(writer.known) + len(writer.tokens) for writer in writers)
        found, lost = (
            f"{changes} jobs and tokens from 4 clients; all that was answered is there",
            "",
        )
    except AssertionError as error:
        found, lost = "", f"after a kill something is not as answered: {error}"
    finally:
        process.stop(folder)
    return Served("kill -9 during writes", KILLS, found, (lost,) if lost else ())


def _killed_while_running(folder: Path) -> Served:
    """Kill the server at moments of two runs, of which the second waits for the first."""
    folder.mkdir()
    installation = executors.fake_dbt_in(folder)
    data = folder / "data"
    Repository.new(data / "repositories" / "example" / "analytics")
    with serving(data, installation.dbt) as (_, operator):
        job = operator.deploy_job("dbt build", "dbt docs generate")
        began = time.monotonic()
        operator.ended(operator.run(job["id"]))
        seconds = time.monotonic() - began
    ends: Counter[str] = Counter()
    lost = []
    for number in range(KILLS):
        at = 2 * seconds * (number + 0.5) / KILLS
        with serving(data, installation.dbt) as (server, operator):
            runs = [operator.run(job["id"]) for _ in range(2)]
            time.sleep(at)
            server.kill()
        with sqlite3.connect(data / DATABASE) as file:
            if file.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                lost.append(f"killed after {at:.2f} s: the file is damaged")
        file.close()
        with serving(data, installation.dbt) as (_, operator):
            ended = [operator.ended(run) for run in runs]
            ends.update(map(_end, ended))
            lost += [f"killed after {at:.2f} s: {_end(run)}" for run in ended if not _is_well(run)]
            if not operator.ended(operator.run(job["id"]))["is_success"]:
                lost.append(f"killed after {at:.2f} s: the next run fails")
            count = len(operator.runs_of(job))
            if count != 1 + 3 * (number + 1):
                lost.append(f"killed after {at:.2f} s: there are {count} runs")
    found = "; ".join(f"{count} runs {end}" for end, count in ends.most_common())
    return Served("kill -9 during a run", KILLS, found, tuple(lost))


def _is_well(run: dict[str, Any]) -> bool:
    interrupted = run["is_error"] and run["status_message"].startswith(_ENDED_WITH_THE_SERVER)
    return bool(run["is_success"] or interrupted)


def _end(run: dict[str, Any]) -> str:
    if run["is_success"]:
        return "succeeded"
    return "say that the server ended" if _is_well(run) else f"ended: {run['status_message']}"


def _many_jobs(folder: Path) -> Served:
    running, _ = process.start(folder, 0, None)
    try:
        seconds = localcloud_many_jobs.make_jobs(running.url, JOBS, 4)
        lost = _missing_jobs(running.url, JOBS)
        with httpx.Client(base_url=running.url, headers=AUTH, timeout=60) as client:
            jobs = "/v2/accounts/1/jobs/"
            middle = client.get(f"{jobs}?offset={JOBS // 2}&limit=1").json()["data"][0]["id"]
            times = [
                localcloud_many_jobs.measure(partial(client.get, path), TIMES)[0]
                for path in (f"{jobs}{middle}/", jobs, f"{jobs}?offset={JOBS - 100}")
            ]
    finally:
        process.stop(folder)
    found = (
        f"made in {seconds:.0f} s by 4 clients; one job {times[0]:.0f} ms, first page of 100 {times[1]:.0f} ms, last "
        f"page {times[2]:.0f} ms (medians of {TIMES})"
    )
    return Served("jobs", JOBS, found, lost)
