"""Cancelling work that goes on in another thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum


class Cause(Enum):
    """Why work is cancelled; the value is the default message."""

    REQUESTED = "cancelled"
    TIMEOUT = "timed out"
    SHUTDOWN = "the server ends"


class CancellationError(Exception):
    """The work was cancelled and has ended.

    Attributes:
        cause: Why.
    """

    def __init__(self, cause: Cause, message: str) -> None:
        """A cancellation with that cause and message."""
        super().__init__(message)
        self.cause = cause


class CancellationToken:
    """Whether a piece of work is cancelled, and why. Only the first cancellation counts."""

    def __init__(self) -> None:
        """Not cancelled."""
        self._lock = threading.Lock()
        self._error: CancellationError | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_cancelled(self) -> bool:
        """Whether the work is to end."""
        return self._error is not None

    def cancel(self, cause: Cause, message: str | None = None) -> None:
        """Cancel the work. Default message: that of the cause."""
        with self._lock:
            if self._error is not None:
                return
            self._error = CancellationError(cause, message or cause.value)
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    def check(self) -> None:
        """Do nothing unless the work is cancelled.

        Raises:
            CancellationError: It is.
        """
        if self._error is not None:
            raise CancellationError(self._error.cause, str(self._error))

    @contextmanager
    def on_cancel(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call `listener` on a cancellation during the block, or at once after an earlier one."""
        with self._lock:
            self._listeners.append(listener)
            cancelled = self._error is not None
        if cancelled:
            listener()
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)
