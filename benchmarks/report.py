"""The page docs/performance.md: figures, goals and the machine they were measured on."""

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version

from benchmarks.goals import Goal, Results
from benchmarks.scenarios import OPERATIONS

_INTRODUCTION = """\
# Performance

How long Pulumi takes with these components, against the same resources without any rule.

- **ours**: this repository's stack program, three jobs for each dbt project.
- **bare**: a program with the same tree of components and jobs, and nothing else.
- **minimal**: bare, with the least that guarded components need: number, name and page of each job as outputs, hooks
  that do nothing, and one pydantic model. Where ours misses a goal, this is the least that it could take.
- **flat**: the jobs alone.
- **dbt-jobs-as-code**: the same jobs in its file, where it is installed. It has no state and no `refresh` or `destroy`.

`make bench` measures and writes this page. All programs of a round run one after the other on one machine, so read the
ratios: the seconds depend on the machine. Terraform is not measured: that needs its own program and the official
provider.

## Many jobs

**On a file backend or in a bucket, put at most some 35 dbt projects (100 jobs) in a stack.** There Pulumi writes the
whole state at each step, two or three times for each resource, so a job costs more the more jobs the stack has. For
1,000 jobs, make ten stacks of one size. Then a job costs about what it costs in one stack of 100: what grows with the
account is only the list of its jobs and environments, which each `preview` and `up` reads, one request for each 100 of
them, several at a time. `make bench` measures this with `ARGS="--larger 330"`.

With Pulumi Cloud as the backend, the engine sends what has changed, not the whole state. There one stack may be larger;
then the limit is how much one team wants to review at once.

## What a job costs

- Each component has the job's number, name and page as outputs, which other programs, `check` and people read. They are
  known when the job is made, and the file backend then writes the whole state once more for each component. This is
  most of what `create` takes longer than bare: without these outputs it took 1.14 x, measured once. A backend that
  stores what has changed does not have this cost.
- The engine calls the program twice for each job that it creates: before, to look for a job of the same name, and
  afterwards, to look for a create that was repeated. These calls are the guards. Hooks that do nothing take 4 % of
  `create`, and a preview without changes calls none.
- The state has the call stack of each resource. It is longer with components, and so is each write of the state, also
  when `destroy` removes them.
- The import of the package is for the most part that of pydantic. The table has what pydantic costs with one model.
- A preview of a small stack starts the provider, which an empty program does not need: bare resources pay for it too.
  To this the stack program adds pydantic and four reads of the account.
"""


def page(
    results: Results, goals: Sequence[Goal], jobs: int, latencies: Sequence[int], engine: str
) -> str:
    """Return the whole page."""
    rounds = max(map(len, results.values()))
    facts = (
        f"{jobs} jobs, {rounds} {'round' if rounds == 1 else 'rounds'} (medians); {os.cpu_count()} cores, "
        f"{platform.system()}, Python {platform.python_version()}, engine {engine}, pulumi {version('pulumi')}, "
        f"pulumi-dbtcloud {version('pulumi-dbtcloud')}, file backend, local dbt Cloud; measured on "
        f"{date.today().isoformat()}."
    )
    return "\n".join(
        [
            _INTRODUCTION,
            f"## Figures\n\n{facts}\n\nSeconds:\n",
            _seconds(results, latencies),
            "\nRequests to dbt Cloud (reads / writes) and memory of the largest process:\n",
            _requests(results, latencies[0]),
            "\n## Goals\n",
            "| What | Goal | Measured | |\n|---|---|---|---|",
            *(
                f"| {goal.what} | {goal.limit} | {goal.found} | {'reached' if goal.is_met else 'MISSED'} |"
                for goal in goals
            ),
            "",
        ]
    )


def _names(results: Results) -> list[str]:
    return list(dict.fromkeys(name for name, _, _ in results))


def _seconds(results: Results, latencies: Sequence[int]) -> str:
    names = _names(results)
    lines = [f"| | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
    for operation in OPERATIONS:
        for latency in latencies:
            cells = [
                f"{statistics.median(measure.seconds for measure in measured):.1f}"
                if (measured := results.get((name, operation, latency)))
                else ""
                for name in names
            ]
            lines.append(f"| {operation}, each request {latency} ms | {' | '.join(cells)} |")
    return "\n".join(lines)


def _requests(results: Results, latency: int) -> str:
    names = _names(results)
    lines = [f"| | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
    for operation in OPERATIONS:
        cells = []
        for name in names:
            measured = results.get((name, operation, latency))
            cells.append(
                f"{measured[0].reads} / {measured[0].writes}, {measured[0].megabytes:.0f} MB"
                if measured
                else ""
            )
        lines.append(f"| {operation} | {' | '.join(cells)} |")
    return "\n".join(lines)
