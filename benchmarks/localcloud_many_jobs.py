"""How the local dbt Cloud does with many jobs: `python benchmarks/localcloud_many_jobs.py`.

Makes the jobs through the API with several writers at once, then measures lists, pages, filters
and single reads, and single reads while another client lists or filters without a pause.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import httpx

from localcloud import process

_AUTH = {"Authorization": "Token local-dbt-cloud"}
_JOBS = "/v2/accounts/1/jobs/"
_ENVIRONMENTS = {10: (101, 102, 103), 20: (201, 202, 203)}


def _client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers=_AUTH, timeout=60)


def make_jobs(url: str, count: int, writers: int) -> float:
    """Make so many jobs with so many clients at once; return the seconds that it took."""

    def write(writer: int) -> None:
        with _client(url) as client:
            for number in range(writer, count, writers):
                project_id = (10, 20)[number % 2]
                body = {
                    "project_id": project_id,
                    "environment_id": _ENVIRONMENTS[project_id][number % 3],
                    "name": f"Job {number:05}",
                    "execute_steps": ["dbt build"],
                    "triggers": {"schedule": number % 5 == 0},
                }
                client.post(_JOBS, json=body).raise_for_status()

    began = time.perf_counter()
    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))
    return time.perf_counter() - began


def measure(ask: Callable[[], object], times: int) -> tuple[float, float]:
    """The median and the slowest of so many calls, in milliseconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), max(taken)


def _row(name: str, figures: tuple[float, float]) -> None:
    click.echo(f"{name:<48} {figures[0]:9.1f} {figures[1]:9.1f}")


def _report(url: str, count: int, times: int) -> None:
    with _client(url) as client:

        def asking(path: str) -> Callable[[], object]:
            return lambda: client.get(path).raise_for_status()

        some_id = client.get(f"{_JOBS}?offset={count // 2}&limit=1").json()["data"][0]["id"]
        click.echo(f"{'milliseconds':<48} {'median':>9} {'slowest':>9}")
        for name, path in {
            "one job": f"{_JOBS}{some_id}/",
            "first page of 100": _JOBS,
            "last page of 100": f"{_JOBS}?offset={count - 100}",
            "first page by name, descending": f"{_JOBS}?order_by=-name",
            "first page by time of making": f"{_JOBS}?order_by=-created_at",
            "first page of one project": f"{_JOBS}?project_id=10",
            "first page of one environment": f"{_JOBS}?environment_id=101",
            "name contains a text (10 found)": f"{_JOBS}?name__icontains=job 0123",
            "those on schedule, first page": f"{_JOBS}?triggers_schedule=true",
        }.items():
            _row(name, measure(asking(path), times))
        for name, query in {"lists": "", "filters": "?triggers_schedule=true"}.items():
            beside = _beside_another(url, f"{_JOBS}{query}", some_id, times)
            _row(f"one job, while another client {name}", beside)


def _beside_another(url: str, path: str, job_id: int, times: int) -> tuple[float, float]:
    """How long one job takes while another client asks for `path` without a pause."""
    stop = threading.Event()

    def keep_asking() -> None:
        with _client(url) as client:
            while not stop.is_set():
                client.get(path).raise_for_status()

    other = threading.Thread(target=keep_asking)
    other.start()
    try:
        with _client(url) as client:
            return measure(lambda: client.get(f"{_JOBS}{job_id}/").raise_for_status(), times)
    finally:
        stop.set()
        other.join()


@click.command()
@click.option("--jobs", "count", default=10_000, show_default=True, help="How many jobs.")
@click.option("--writers", default=4, show_default=True, help="Clients that make them at once.")
@click.option("--times", default=20, show_default=True, help="How often each request is measured.")
def main(count: int, writers: int, times: int) -> None:
    """Measure the local dbt Cloud with many jobs."""
    with tempfile.TemporaryDirectory() as directory:
        running, _ = process.start(Path(directory), 0, None)
        try:
            seconds = make_jobs(running.url, count, writers)
            rate = count / seconds
            click.echo(f"Python {sys.version.split()[0]}; {count} jobs, {writers} writers")
            click.echo(f"made in {seconds:.1f} s, {rate:.0f} a second\n")
            _report(running.url, count, times)
        finally:
            process.stop(Path(directory))


if __name__ == "__main__":
    main()
