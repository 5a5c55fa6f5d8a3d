"""Measures our stack against bare resources: `python -m benchmarks`, or `make bench`."""

import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import click
import yaml

from benchmarks import goals, measuring, report, scenarios
from benchmarks.measuring import Measure
from benchmarks.scenarios import CREATE, OPERATIONS, PREVIEW, ROOT, PulumiScenario
from toolchain import home

PAGE = ROOT / "docs" / "performance.md"
SECONDS_PER_JOB = 2.0
"""About what all operations of all programs take for one job in one round, on two cores."""

IMPORT_LIMIT = 1.15
STATE_LIMIT = 1.15
EMPTY_LIMIT = 1.25
GROWTH_LIMIT = 1.5


class Benchmark:
    """One run: rounds of all programs, and what they took."""

    def __init__(self, folder: Path, projects: int) -> None:
        """Prepare engine, provider and seed in a folder."""
        self.folder = folder
        self.projects = scenarios.make_projects(projects)
        self.home = home.prepare(folder / "home", click.echo)
        self.seed = folder / "seed.yaml"
        self.seed.write_text(yaml.safe_dump(scenarios.seed(self.projects)))
        self.results: dict[tuple[str, str, int], list[Measure]] = defaultdict(list)
        self.states: dict[str, int] = {}
        self._jobs: dict[str, object] = {}

    def round(self, number: int, latency: int) -> None:
        """Measure each program once, one after the other."""
        for scenario in scenarios.installed():
            folder = self.folder / f"{scenario.name}-{latency}-{number}"
            with measuring.cloud(folder / "cloud", self.seed) as cloud:
                project = folder / "project"
                scenario.prepare(project, self.projects, self.home, cloud)
                cloud.running.control.set_latency(latency / 1000)
                is_pulumi = isinstance(scenario, PulumiScenario)
                for operation in OPERATIONS if is_pulumi else (CREATE, PREVIEW):
                    measured = scenario.run(operation, project, self.home, cloud)
                    self.results[scenario.name, operation, latency].append(measured)
                    click.echo(
                        f"  {scenario.name:<16} {operation:<8} {latency:>4} ms {measured.seconds:7.1f} s",
                        err=True,
                    )
                    if operation == CREATE and isinstance(scenario, PulumiScenario):
                        self.states[scenario.name] = len(scenario.state(project))
                        self._jobs[scenario.name] = scenario.jobs(project)

    def all_goals(self, latencies: Sequence[int]) -> list[goals.Goal]:
        """Return all goals with what was measured."""
        if self._jobs["ours"] != self._jobs["bare"]:
            message = "the programs do not declare the same jobs: benchmarks/programs/jobs.py is out of date"
            raise click.ClickException(message)
        state = [self.states["ours"]], [self.states["bare"]]
        return [
            *goals.of_operations(self.results, latencies),
            goals.ratio_goal("state", STATE_LIMIT, *state, "bare"),
            self._import_goal(),
            self._small_preview_goal(),
        ]

    def growth(self, projects: int) -> goals.Goal:
        """Compare the time of one job in a stack of this size with that in a larger one."""
        larger = Benchmark(self.folder / "larger", projects)
        larger.round(1, 0)
        seconds = [
            sum(each.results["ours", operation, 0][0].seconds for operation in OPERATIONS)
            / len(each.projects)
            for each in (larger, self)
        ]
        what = f"time of one job at {3 * projects} jobs"
        of = f"that at {3 * len(self.projects)}"
        return goals.ratio_goal(what, GROWTH_LIMIT, seconds[:1], seconds[1:], of)

    def _import_goal(self) -> goals.Goal:
        def seconds(module: str) -> float:
            command = [sys.executable, "-c", f"import {module}"]
            return measuring.measure(command, self.folder, self.home.environment(), None).seconds

        pairs = [
            (seconds("pulumi_dbtcloud_datafold"), seconds("pulumi_dbtcloud")) for _ in range(11)
        ]
        ours, theirs = ([pair[place] for pair in pairs] for place in (0, 1))
        return goals.ratio_goal("import", IMPORT_LIMIT, ours, theirs, "import pulumi_dbtcloud")

    def _small_preview_goal(self) -> goals.Goal:
        """Compare a preview of two dbt projects with one of an empty program."""
        small = Benchmark(self.folder / "small", 2)
        folder, empty = small.folder / "ours", small.folder / "empty"
        ours = PulumiScenario("ours")
        with measuring.cloud(small.folder / "cloud", small.seed) as cloud:
            ours.prepare(folder, small.projects, small.home, cloud)
            ours.run(CREATE, folder, small.home, cloud)
            flat = PulumiScenario("flat")
            flat.prepare(empty, {}, small.home, cloud)
            flat.run(CREATE, empty, small.home, cloud)
            pairs = [
                (
                    ours.run(PREVIEW, folder, small.home, cloud).seconds,
                    flat.run(PREVIEW, empty, small.home, cloud).seconds,
                )
                for _ in range(7)
            ]
        ours_seconds, empty_seconds = ([pair[place] for pair in pairs] for place in (0, 1))
        what = "preview of two dbt projects"
        return goals.ratio_goal(what, EMPTY_LIMIT, ours_seconds, empty_seconds, "an empty program")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--projects", default=33, show_default=True, help="dbt projects, with three jobs each."
)
@click.option("--rounds", default=3, show_default=True, help="How often everything is measured.")
@click.option(
    "--latency",
    "latencies",
    type=int,
    multiple=True,
    default=(0, 200),
    show_default=True,
    help="Milliseconds that each answer of dbt Cloud takes longer.",
)
@click.option(
    "--larger", type=int, help="Measure so many projects too, once: what a job costs then."
)
@click.option("--write", is_flag=True, help=f"Write the table to {PAGE.relative_to(ROOT)}.")
def main(
    projects: int, rounds: int, latencies: tuple[int, ...], larger: int | None, *, write: bool
) -> None:
    """Measure our stack against bare resources, and exit with 1 if a goal is missed."""
    minutes = 3 * projects * rounds * len(latencies) * SECONDS_PER_JOB / 60
    click.echo(f"{3 * projects} jobs, {rounds} rounds: about {minutes:.0f} minutes", err=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        benchmark = Benchmark(Path(folder), projects)
        for number in range(1, rounds + 1):
            for latency in latencies:
                click.echo(f"round {number} of {rounds}, {latency} ms", err=True)
                benchmark.round(number, latency)
        reached = benchmark.all_goals(latencies)
        if larger:
            reached.append(benchmark.growth(larger))
        engine = subprocess.run(  # noqa: S603 - the engine of the home
            [benchmark.home.pulumi, "version"], check=True, capture_output=True, text=True
        ).stdout.strip()
        page = report.page(benchmark.results, reached, 3 * projects, latencies, engine)
    click.echo(page)
    click.echo(f"measured for {(time.monotonic() - began) / 60:.0f} minutes", err=True)
    if write:
        PAGE.write_text(page, encoding="utf-8")
    if missed := [goal.what for goal in reached if not goal.is_met]:
        click.echo(f"missed: {', '.join(missed)}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
