"""Asking the work of a run to stop, and being told that it was asked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class StoppedError(Exception):
    """The work was asked to stop and has done so."""


class Stop:
    """Whether a piece of work is to stop, and why. Asking twice changes nothing."""

    def __init__(self) -> None:
        """Not asked yet."""
        self._lock = threading.Lock()
        self._reason: str | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def reason(self) -> str | None:
        """Why the work is to stop; nothing while it may go on."""
        return self._reason

    def ask(self, reason: str) -> None:
        """Ask the work to stop."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def check(self) -> None:
        """Go on only if nobody asked otherwise.

        Raises:
            StoppedError: Somebody did.
        """
        if self._reason is not None:
            raise StoppedError(self._reason)

    @contextmanager
    def telling(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call `listener` when asked to stop inside the block, or at once if that was before."""
        with self._lock:
            self._listeners.append(listener)
            asked = self._reason is not None
        if asked:
            listener()
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)
