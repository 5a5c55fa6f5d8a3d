"""Tries every point and writes the table: `python -m benchmarks.reliability`, or `make reliability`."""

import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import click

from benchmarks.reliability import faults, page, server, trials
from benchmarks.reliability.endings import Ending, How
from benchmarks.reliability.faults import Point
from benchmarks.reliability.stack_steps import CREATE, REFRESH, REMOVE, Undisturbed
from benchmarks.reliability.trials import Moment, Trial

DISKS, PAIRS, KILLS = 4, 6, 10
"""How many moments of a step are tried of each accident; kills of the server in two steps."""

CORE_SECONDS_PER_TRIAL = 5.0
"""About what one trial takes of a core: `pulumi up` two or three times, and two previews."""

SERVER_MINUTES = 5
"""About what the trials of the local dbt Cloud take."""

CORES = os.cpu_count() or 1


def trials_of(undisturbed: Mapping[str, Undisturbed]) -> list[Trial]:
    """Return every trial, those that wait long at equal distances among the others."""
    requests = {step: run.requests for step, run in undisturbed.items()}
    every: list[Trial] = [*faults.points(requests, faults.kinds())]
    for step in requests.keys() - {REFRESH}:
        every += [Moment(trials.TOKEN_EXPIRES, step, at) for at in range(0, len(requests[step]), 3)]
    create, remove = undisturbed[CREATE], undisturbed[REMOVE]
    full = [
        Moment(trials.DISK_FULL, CREATE, round(create.state_bytes * part)) for part in _parts(DISKS)
    ]
    every += [
        *full,
        *(Moment(trials.TWO_AT_ONCE, CREATE, 3 * create.seconds * part) for part in _parts(PAIRS)),
        *(Moment(trials.SERVER_KILLED, CREATE, create.seconds * part) for part in _parts(KILLS)),
        *(Moment(trials.SERVER_KILLED, REMOVE, remove.seconds * part) for part in _parts(KILLS)),
    ]
    waiting = [trial for trial in every if isinstance(trial, Point) and trial.is_waiting]
    others = [trial for trial in every if trial not in waiting and trial not in full]
    # So that the first ones show a little of everything.
    for some in (waiting, others):
        random.Random(0).shuffle(some)  # noqa: S311 - no secret
    places = [
        (place / len(some), trial) for some in (waiting, others) for place, trial in enumerate(some)
    ]
    # A full disk takes longest, so it comes first.
    return [*full, *(trial for _, trial in sorted(places, key=lambda place: place[0]))]


def _parts(count: int) -> list[float]:
    """Return so many places between 0 and 1 at equal distances."""
    return [(number + 0.5) / count for number in range(count)]


def _endings(pool: ProcessPoolExecutor, every: Sequence[Trial]) -> Iterator[tuple[Trial, Ending]]:
    """Run all trials; yield each as it ends, with lines of progress."""
    began = time.monotonic()
    running = {pool.submit(trials.run, trial): trial for trial in every}
    for number, done in enumerate(as_completed(running), start=1):
        error = done.exception()
        ending = Ending(How.BAD, problems=(repr(error),)) if error else done.result()
        if ending.how is How.BAD:
            click.echo(f"BAD: {running[done].name}: {'; '.join(ending.problems)}", err=True)
        if number % 20 == 0:
            minutes = (time.monotonic() - began) / 60
            click.echo(f"{number} of {len(every)} trials, {minutes:.0f} minutes", err=True)
        yield running[done], ending


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--workers", default=2 * CORES, show_default="two a core", help="Trials at a time.")
@click.option("--only", default="", help="Try only what has this text in its name; write nothing.")
def main(workers: int, only: str) -> None:
    """Disturb `pulumi up` and the local dbt Cloud at every point.

    Writes docs/reliability.md. The exit code is 1 if a point does not end well.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        with ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), trials.prepare, (folder,)
        ) as pool:
            every = trials_of(pool.submit(trials.undisturbed).result())
            every = [trial for trial in every if only in trial.name]
            minutes = len(every) * CORE_SECONDS_PER_TRIAL / CORES / 60 + SERVER_MINUTES
            click.echo(f"{len(every)} trials of `pulumi up`: {minutes:.0f} minutes", err=True)
            endings = list(_endings(pool, every))
        served = list(server.trials(Path(folder), only))
    text = page.page(endings, served, len(every))
    click.echo(text)
    click.echo(f"tried for {(time.monotonic() - began) / 60:.0f} minutes", err=True)
    if not only:
        page.PAGE.write_text(text, encoding="utf-8")
    if any(ending.how is How.BAD for _, ending in endings) or any(trial.lost for trial in served):
        sys.exit(1)


if __name__ == "__main__":
    main()
