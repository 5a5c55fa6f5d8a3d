"""Measures our stack against bare resources: `python -m benchmarks`, or `make bench`."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click
import yaml

from benchmarks import goals, measuring, report, scenarios
from benchmarks.measuring import Measure
from benchmarks.scenarios import CREATE, MINIMAL, OPERATIONS, PREVIEW, ROOT, PulumiScenario
from toolchain import home

PAGE = ROOT / "docs" / "performance.md"
LOCAL = ROOT / ".local"
SECONDS_PER_JOB = 1.0
"""About what all operations of all programs take for one job in one round, on two cores."""

IMPORT_LIMIT = 1.15
STATE_LIMIT = 1.15
EMPTY_LIMIT = 1.25
GROWTH_LIMIT = 1.5

PYDANTIC_ALONE = """
import pulumi_dbtcloud
from pydantic import BaseModel, Field

class Settings(BaseModel, defer_build=True):
    number: int = Field(gt=0)
"""
"""The SDK, and the least that checks settings with pydantic."""


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
        """Compare the time of one job among many with that in an account that has one stack.

        The stacks are of one size. The last one is measured, when all others are there.
        """
        size = len(self.projects)
        larger = Benchmark(self.folder / "larger", projects)
        names = list(larger.projects)
        stacks = [names[start : start + size] for start in range(0, projects, size)]
        scenario = PulumiScenario("ours")
        with measuring.cloud(larger.folder / "cloud", larger.seed) as cloud:
            for number, stack in enumerate(stacks, start=1):
                folder = larger.folder / str(number)
                blocks = {name: larger.projects[name] for name in stack}
                scenario.prepare(folder, blocks, larger.home, cloud)
                took = [scenario.run(CREATE, folder, larger.home, cloud).seconds]
                click.echo(f"  stack {number} of {len(stacks)}  {took[0]:.1f} s", err=True)
            took += [
                scenario.run(operation, folder, larger.home, cloud).seconds
                for operation in OPERATIONS[1:]
            ]
        among_many = sum(took) / len(stack)
        alone = [
            sum(self.results["ours", operation, 0][number].seconds for operation in OPERATIONS)
            / size
            for number in range(len(self.results["ours", CREATE, 0]))
        ]
        what = f"time of one job, {3 * projects} jobs in {len(stacks)} stacks"
        of = f"that of {3 * size} jobs in one"
        return goals.ratio_goal(what, GROWTH_LIMIT, [among_many], [statistics.median(alone)], of)

    def _import_goal(self) -> goals.Goal:
        def seconds(program: str) -> float:
            command = [sys.executable, "-c", program]
            return measuring.measure(command, self.folder, self.home.environment(), None).seconds

        programs = ("import pulumi_dbtcloud_datafold", "import pulumi_dbtcloud", PYDANTIC_ALONE)
        rounds = [[seconds(program) for program in programs] for _ in range(11)]
        ours, reference, pydantic = zip(*rounds, strict=True)
        goal = goals.ratio_goal("import", IMPORT_LIMIT, ours, reference, "`import pulumi_dbtcloud`")
        least = goals.median_ratio(pydantic, reference)
        return goals.with_least(goal, "one pydantic model alone", least)

    def _small_preview_goal(self) -> goals.Goal:
        """Compare a preview of two dbt projects with one of an empty program."""
        small = Benchmark(self.folder / "small", 2)
        stacks = {name: (name, small.projects) for name in ("ours", MINIMAL)}
        stacks["empty"] = ("flat", {})
        seconds: dict[str, list[float]] = {name: [] for name in stacks}
        with ExitStack() as clouds:
            ready = []
            for name, (program, projects) in stacks.items():
                folder, scenario = small.folder / name, PulumiScenario(program)
                cloud = clouds.enter_context(
                    measuring.cloud(small.folder / f"{name}-cloud", small.seed)
                )
                scenario.prepare(folder, projects, small.home, cloud)
                scenario.run(CREATE, folder, small.home, cloud)
                ready.append((name, scenario, folder, cloud))
            for _ in range(7):
                for name, scenario, folder, cloud in ready:
                    measured = scenario.run(PREVIEW, folder, small.home, cloud)
                    seconds[name].append(measured.seconds)
        goal = goals.ratio_goal(
            "preview of two dbt projects",
            EMPTY_LIMIT,
            seconds["ours"],
            seconds["empty"],
            "an empty program",
        )
        least = goals.median_ratio(seconds[MINIMAL], seconds["empty"])
        return goals.with_least(goal, "minimal", least)


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
    "--larger",
    type=int,
    help="Measure so many projects too, once, in stacks of the size of --projects: what a job costs then.",
)
@click.option("--write", is_flag=True, help=f"Write the table to {PAGE.relative_to(ROOT)}.")
def main(
    projects: int, rounds: int, latencies: tuple[int, ...], larger: int | None, *, write: bool
) -> None:
    """Measure our stack against bare resources, and exit with 1 if a goal is missed."""
    # Of the larger account, each job is only created.
    job_rounds = 3 * (projects * rounds * len(latencies) + (larger or 0) / 5)
    minutes = job_rounds * SECONDS_PER_JOB / 60
    click.echo(f"{3 * projects} jobs, {rounds} rounds: about {minutes:.0f} minutes", err=True)
    began = time.monotonic()
    # In the clone, as a user's stacks are: the state has the paths of the program's files, relative to its project.
    LOCAL.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=LOCAL) as folder:
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
