"""What a step writes, as it comes: kept in the run's record, without secrets."""

import time
from collections.abc import Callable, Collection

_SECONDS = 0.5
"""How long a line may wait before readers see it."""

_MASK = "*****"


class StepLog:
    """The log of a step that is under way."""

    def __init__(self, keep: Callable[[str], None], secrets: Collection[str]) -> None:
        """An empty log.

        Args:
            keep: Stores the whole log so far.
            secrets: Values that must not appear in it.
        """
        self.text = ""
        self._keep = keep
        self._secrets = secrets
        self._due: float | None = None

    def write(self, line: str) -> None:
        """Add a line, with its end."""
        self.text += without(self._secrets, line)
        if self._due is None:
            self._due = time.monotonic() + _SECONDS
        elif time.monotonic() >= self._due:
            self.flush()

    def wait_seconds(self) -> float | None:
        """How long until `flush` is due; none if everything is stored."""
        return None if self._due is None else max(self._due - time.monotonic(), 0.0)

    def flush(self) -> None:
        """Store what was written."""
        if self._due is not None:
            self._due = None
            self._keep(self.text)


def without(secrets: Collection[str], text: str) -> str:
    """`text` with every secret masked, the longest first: one may be a part of another."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return text
