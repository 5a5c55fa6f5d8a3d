"""Failures that a test plans, and which requests met them."""

import threading
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Effect(StrEnum):
    """What a planned fault does to the request it meets."""

    STATUS = "status"
    LOST_ANSWER = "lost_answer"
    RESET = "reset"
    SLOW = "slow"
    RATE_LIMIT = "rate_limit"


class FaultPlan(BaseModel):
    """A failure to come.

    Attributes:
        method: HTTP method, or `*`.
        path: The operation's path as in `COVERAGE.md`, or a pattern with `*` for a real one,
            with or without `/api`.
        effect: `status` answers with `status` and does nothing else; `lost_answer` does all of
            it, then closes the connection without an answer, or answers `status` if that is
            given; `reset` resets the connection without doing anything; `slow` waits `seconds`
            and goes on; `rate_limit` answers 429 to this and every request of the next
            `seconds`.
        status: HTTP status from 400 to 599. For `status`, and if wanted for `lost_answer`.
        seconds: How long. For `slow` and `rate_limit`; a rate limit's default is 300. For
            `lost_answer` and `reset`, if wanted, the silence before the connection ends.
        times: How many requests it applies to. Default: 1.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    method: Literal["*", "GET", "POST", "PUT", "PATCH", "DELETE"] = "*"
    path: str = Field(min_length=1)
    effect: Effect = Field(default=Effect.STATUS, strict=False)
    status: int | None = Field(default=None, ge=400, le=599)
    seconds: float | None = Field(default=None, ge=0, le=3600)
    times: int = Field(default=1, ge=1, le=1000)

    @model_validator(mode="after")
    def _has_what_its_effect_needs(self) -> "FaultPlan":
        if self.effect is Effect.STATUS and self.status is None:
            message = "the effect `status` needs `status`"
            raise ValueError(message)
        if self.status is not None and self.effect not in (Effect.STATUS, Effect.LOST_ANSWER):
            message = "`status` goes with the effects `status` and `lost_answer`"
            raise ValueError(message)
        if self.seconds is not None and self.effect is Effect.STATUS:
            message = "`seconds` does not go with the effect `status`"
            raise ValueError(message)
        if self.effect is Effect.SLOW and self.seconds is None:
            message = "`slow` needs `seconds`"
            raise ValueError(message)
        return self


@dataclass
class PlannedFault:
    """A plan, and the requests that met it."""

    number: int
    plan: FaultPlan
    met_by: list[str] = field(default_factory=list)

    @property
    def open(self) -> int:
        """How many more requests it will meet."""
        return self.plan.times - len(self.met_by)

    def as_json(self) -> dict[str, Any]:
        """The fault as the control routes return it."""
        return {
            "number": self.number,
            **self.plan.model_dump(mode="json"),
            "met": len(self.met_by),
            "unmet": self.open,
            "met_by": self.met_by,
        }


class Faults:
    """All planned faults, met in the order they were planned."""

    def __init__(self) -> None:
        """No faults."""
        self._lock = threading.Lock()
        self._planned: list[PlannedFault] = []
        self._number = 0

    def plan(self, plans: list[FaultPlan]) -> list[dict[str, Any]]:
        """Add faults behind those that wait already."""
        with self._lock:
            for plan in plans:
                self._number += 1
                self._planned.append(PlannedFault(self._number, plan))
        return self.as_json()

    def meet(self, method: str, path: str, operation_path: str | None) -> FaultPlan | None:
        """The fault that this request meets, now noted as met by it.

        Args:
            method: HTTP method.
            path: The request's path, without `/api`, ending in a slash.
            operation_path: The path of its operation, if it has one.
        """
        with self._lock:
            for fault in self._planned:
                if fault.open and _matches(fault.plan, method, path, operation_path):
                    fault.met_by.append(f"{method} {path}")
                    return fault.plan
        return None

    def as_json(self) -> list[dict[str, Any]]:
        """Every fault since the last `clear`, met or not."""
        with self._lock:
            return [fault.as_json() for fault in self._planned]

    def clear(self) -> None:
        """Delete all faults."""
        with self._lock:
            self._planned.clear()


def _matches(plan: FaultPlan, method: str, path: str, operation_path: str | None) -> bool:
    if plan.method not in ("*", method):
        return False
    pattern = plan.path.removeprefix("/api")
    if pattern == operation_path:
        return True
    return fnmatchcase(path.rstrip("/"), pattern.rstrip("/"))
