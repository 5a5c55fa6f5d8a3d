"""Faults of single requests: which kinds there are, and at which operations of the set-up each is tried."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.resources.operations import OPERATIONS

ATTEMPTS = 3
"""How often the provider sends a request."""

SILENCE_SECONDS = 31
"""Longer than the 30 s that provider and components wait for an answer."""


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Attributes:
        name: What happens, for the table.
        plan: The fault in the words of the local dbt Cloud.
        of_writes: Only a request that changes something can meet it.
    """

    name: str
    plan: Mapping[str, Any]
    of_writes: bool = False


def kinds(silence_seconds: float = SILENCE_SECONDS) -> tuple[Kind, ...]:
    """Return all kinds; `silence_seconds` must be more than what the provider waits."""
    lost = {"effect": "lost_answer"}
    every = {"times": ATTEMPTS}
    return (
        Kind("429, cool-down of 5 minutes", {"effect": "rate_limit"}),
        Kind("503 before storing, once", {"status": 503}),
        Kind("503 before storing, at each attempt", {"status": 503, **every}),
        Kind("500 after storing, once", {**lost, "status": 500}, of_writes=True),
        Kind(
            "500 after storing, at each attempt", {**lost, "status": 500, **every}, of_writes=True
        ),
        Kind("answer lost after storing", lost, of_writes=True),
        Kind("connection reset", {"effect": "reset"}),
        Kind("silence, not stored", {"effect": "reset", "seconds": silence_seconds}),
        Kind("silence, stored", {**lost, "seconds": silence_seconds}, of_writes=True),
    )


@dataclass(frozen=True)
class Point:
    """One fault to try.

    Attributes:
        step: The step of the stack's life, whose `pulumi up` is disturbed.
        method: Method of the operation.
        path: Its path, as in `COVERAGE.md`.
        kind: The kind of fault.
    """

    step: str
    method: str
    path: str
    kind: Kind

    @property
    def name(self) -> str:
        """The point in words."""
        return f"{self.kind.name}: {self.method} {self.path} ({self.step})"

    @property
    def is_waiting(self) -> bool:
        """Whether the trial mostly waits."""
        return "seconds" in self.kind.plan

    @property
    def fault(self) -> dict[str, Any]:
        """The fault to plan."""
        return {"method": self.method, "path": self.path, **self.kind.plan}


def points(requests: Mapping[str, Iterable[str]], kinds: Iterable[Kind]) -> Iterator[Point]:
    """Return the points of the requests that each step sends: each kind once for each operation of a step.

    A read of the first step is not tried again in the others.
    """
    seen: set[tuple[str, str]] = set()
    kinds = tuple(kinds)
    for step, sent in requests.items():
        for method, path in dict.fromkeys(map(_operation, sent)):
            if method == "GET" and (method, path) in seen:
                continue
            seen.add((method, path))
            for kind in kinds:
                if method != "GET" or not kind.of_writes:
                    yield Point(step, method, path, kind)


def _operation(request: str) -> tuple[str, str]:
    """Return the operation of a request."""
    method, _, path = request.partition(" ")
    for operation in OPERATIONS:
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", operation.path.rstrip("/"))
        if operation.method == method and re.fullmatch(pattern, path.rstrip("/")):
            return method, operation.path
    message = f"{request} is no operation of the local dbt Cloud"
    raise LookupError(message)
