"""The page docs/reliability.md: what was tried, and how it ended."""

import os
import platform
from collections import Counter
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version

from benchmarks.reliability.endings import Ending, How
from benchmarks.reliability.faults import Point
from benchmarks.reliability.server import Served
from benchmarks.reliability.trials import Moment, Trial
from tests.infra.engine.deployment import ROOT

PAGE = ROOT / "docs" / "reliability.md"

_INTRODUCTION = """\
# Reliability

How `pulumi up` ends when something breaks. `make reliability` tries all of it and writes this page. Its exit code is 1
if a point does not end well.

## A request that fails

Each operation that the set-up uses meets each kind of fault once, in each step of a stack's life that sends it: the
first `up`, an `up` that changes everything, one with `--refresh`, and one that removes most of it. A read meets it in
the first of them. The stack has two projects with six jobs, a job that defers to itself, an environment that the stack
creates, a job's own environment variable, notifications by e-mail, Slack and webhook, and a service token. The engine
is the real one. The provider is the fake one, which repeats requests as the official one does. The silence lasts longer
than the 30 s that the provider waits.

It ends well if the previews without and with `--refresh` are empty, the account has everything once, what was there
before has its number, and the stack's token opens the account. The columns say what that takes:

- **same `up`**: nothing. The `up` that was disturbed succeeds.
- **one more `up`**: the first one fails.
- **command named**: the message names a command, then comes one more `up`. This takes over what dbt Cloud has stored
  although its answer was lost.
- **`up --refresh`**: the provider fails when it is to delete what is gone, and what was deleted without an answer is
  gone. [Operate](operate.md#when-something-goes-wrong) says so.
- **`recover`**: the provider cannot even read that an environment is gone. `dbtcloud-datafold recover` forgets it.
- **backup of the state**: Pulumi's file backend has put a file that it could not write to the end in place of the
  state. [Operate](operate.md#when-something-goes-wrong) says how to take the one before it.
- **deletion named**: the message or a warning names what to delete in dbt Cloud. The provider sent a create again that
  was stored already, or nobody knows the secret of what was stored.
"""

_ACCIDENTS = """\
## Accidents

- The token expires after each number of requests; the next `up` has one that is valid.
- A second `up` starts while the first one runs, or just before or after. The state's lock refuses it.
- The state's file cannot grow beyond a size, as on a full disk (`ulimit -f`). This `up` has `--parallel 1`:
  Pulumi tries for half a minute to write the state after each resource that it has begun.
  Where its backup of the state is cut off too, this counts as BAD:
  [Operate](operate.md#when-something-goes-wrong) says what to do by hand.
- The server gets `kill -9` at moments of the `up` and is started again at once.
"""

_SERVER = """\
## The local dbt Cloud

Nothing that was answered may be lost. A run that the server's end interrupts must say so, and the next one must work.
"""


def page(endings: Sequence[tuple[Trial, Ending]], served: Sequence[Served], count: int) -> str:
    """Return the whole page; `count` is how many trials of `pulumi up` there are."""
    faults = [(trial.kind.name, ending) for trial, ending in endings if isinstance(trial, Point)]
    accidents = [(trial.accident, ending) for trial, ending in endings if isinstance(trial, Moment)]
    facts = (
        f"Tried on {date.today().isoformat()}: {len(endings)} of {count} points of `pulumi up`; {os.cpu_count()} "
        f"cores, {platform.system()}, Python {platform.python_version()}, pulumi {version('pulumi')}, pulumi-dbtcloud "
        f"{version('pulumi-dbtcloud')}, file backend, local dbt Cloud."
    )
    bad = [
        f"- {trial.name}: {'; '.join(ending.problems)}"
        for trial, ending in endings
        if ending.how is How.BAD
    ] + [f"- {trial.name}: {lost}" for trial in served for lost in trial.lost]
    parts = [
        _INTRODUCTION,
        facts + "\n",
        _table(faults),
        _ACCIDENTS,
        _table(accidents),
        _SERVER,
        _served_table(served),
        "## What does not end well\n",
        "\n".join(bad) or "Nothing.",
    ]
    return "\n".join(parts) + "\n"


def _table(endings: Sequence[tuple[str, Ending]]) -> str:
    counts = Counter((name, ending.how) for name, ending in endings)
    lines = [f"| What | tried | {' | '.join(How)} |", f"|---|--:|{'--:|' * len(How)}"]
    for name in sorted({name for name, _ in endings}):
        row = [counts[name, how] for how in How]
        lines.append(f"| {name} | {sum(row)} | {' | '.join(str(number or '') for number in row)} |")
    return "\n".join([*lines, ""])


def _served_table(served: Sequence[Served]) -> str:
    lines = ["| What | how often | Found | lost |", "|---|--:|---|--:|"]
    lines += [
        f"| {trial.name} | {trial.count:,} | {trial.found} | {len(trial.lost)} |"
        for trial in served
    ]
    return "\n".join([*lines, ""])
