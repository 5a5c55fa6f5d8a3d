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
- **flat**: the jobs alone.

`make bench` measures and writes this page. All programs of a round run one after the other on one machine, so read the
ratios: the seconds depend on the machine.

What is left above the goals: each created job costs two calls of the engine back into the program, which looks for
jobs of the same name and for repeated creates. The state keeps the call stack of each resource, which is longer with
components. The import is that of pydantic. A preview of a small stack spends its time on imports and on four reads of
the account.
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
                f"{statistics.median(each.seconds for each in measured):.1f}"
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
