"""What our stack may cost against bare resources, and whether it does."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.measuring import Measure
from benchmarks.scenarios import CREATE, DESTROY, MINIMAL, PREVIEW, REFRESH

Results = Mapping[tuple[str, str, int], Sequence[Measure]]
"""All measures by scenario, operation and latency in milliseconds, one for each round."""


@dataclass(frozen=True)
class Goal:
    """One goal and what was measured.

    Attributes:
        what: The quantity, in words.
        limit: The most it may be, in words.
        found: What was measured, in words.
        is_met: Whether it is within the limit.
    """

    what: str
    limit: str
    found: str
    is_met: bool


def ratio_goal(
    what: str, limit: float, ours: Sequence[float], reference: Sequence[float], of: str
) -> Goal:
    """Compare round by round; the median of the ratios counts, so that a slow round does not."""
    ratio = median_ratio(ours, reference)
    return Goal(what, f"at most {limit:.2f} x {of}", f"{ratio:.2f} x", ratio <= limit)


def with_least(goal: Goal, program: str, ratio: float) -> Goal:
    """Return a goal that names, where it is missed, what the least program that could do our work costs."""
    return goal if goal.is_met else replace(goal, found=f"{goal.found}; {program}: {ratio:.2f} x")


def median_ratio(ours: Sequence[float], reference: Sequence[float]) -> float:
    """Return the median of the ratios, round by round."""
    return statistics.median(a / b for a, b in zip(ours, reference, strict=True))


def of_operations(results: Results, latencies: Sequence[int]) -> list[Goal]:
    """Return the goals of the operations, as far as they were measured."""
    found: list[Goal] = []
    for operation, limit in ((CREATE, 1.15), (PREVIEW, 1.15), (REFRESH, 1.1), (DESTROY, 1.1)):
        for latency in latencies:
            ours = results.get(("ours", operation, latency))
            bare = results.get(("bare", operation, latency))
            if not ours or not bare:
                continue
            what = f"{operation}, {latency} ms"
            seconds = [measure.seconds for measure in ours], [measure.seconds for measure in bare]
            if operation == PREVIEW and latency:
                more = statistics.median(a - b for a, b in zip(*seconds, strict=True))
                found.append(Goal(what, "at most bare + 1 s", f"bare {more:+.1f} s", more <= 1))
            else:
                minimal = [measure.seconds for measure in results[MINIMAL, operation, latency]]
                goal = ratio_goal(what, limit, *seconds, "bare")
                found.append(with_least(goal, "minimal", median_ratio(minimal, seconds[1])))
            other = results.get(("dbt-jobs-as-code", operation, latency))
            if other and operation == CREATE and latency:
                theirs = [measure.seconds for measure in other]
                found.append(ratio_goal(what, 1.0, seconds[0], theirs, "dbt-jobs-as-code"))
            writes = (ours[0].writes, bare[0].writes)
            same = writes[0] == writes[1]
            found.append(
                Goal(f"write requests, {what}", f"{writes[1]}, as bare", str(writes[0]), same)
            )
    return found
