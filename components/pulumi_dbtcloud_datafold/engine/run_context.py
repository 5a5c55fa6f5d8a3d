"""What belongs to one run of the program: the objects of which each run has one of its own."""

import asyncio
from datetime import UTC, datetime
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.mocks import MockMonitor

PartT = TypeVar("PartT")


class RunContext:
    """One run of the program.

    Attributes:
        began: About when the update began: no job that was in the state before it is newer.
    """

    def __init__(self) -> None:
        """Begin the run."""
        self.began = datetime.now(UTC)
        self._parts: dict[type, Any] = {}

    def part(self, kind: type[PartT]) -> PartT:
        """Return the run's object of a class; the first call makes it."""
        if kind not in self._parts:
            self._parts[kind] = kind()
        part: PartT = self._parts[kind]
        return part


_contexts: dict[asyncio.AbstractEventLoop, RunContext] = {}
"""By event loop: preview and up of one process are two programs, each with its own loop. Pulumi's own settings do not
serve: a component provider has new ones for each component of one program."""


def run_context() -> RunContext:
    """Return the context of the running program."""
    loop = asyncio.get_running_loop()
    if loop not in _contexts:
        for ended in [other for other in [*_contexts] if other.is_closed()]:
            _contexts.pop(ended, None)
        _contexts[loop] = RunContext()
    return _contexts[loop]


def is_mocked() -> bool:
    """Tell whether the program runs under Pulumi's mocks, without an engine that could call a hook."""
    return isinstance(pulumi.runtime.settings.get_monitor(), MockMonitor)
