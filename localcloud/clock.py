"""The server's clock, which a test may set."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class ClockRangeError(Exception):
    """The clock was to be set to a time from which other times cannot be computed."""

    def __init__(self) -> None:
        """A refusal that says the bounds."""
        super().__init__(f"the time must stay from {_EARLIEST:%Y} to {_LATEST:%Y}")


class Clock:
    """Time in UTC: the machine's own, shifted, or frozen.

    Setting it changes the time that is reported, not how long anything takes.
    """

    def __init__(self) -> None:
        """The machine's own time."""
        self._lock = threading.Lock()
        self._shift = timedelta()
        self._frozen: datetime | None = None
        self._listeners: list[Callable[[], None]] = []

    def on_set(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the time is set from now on."""
        with self._lock:
            self._listeners.append(listener)

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        with self._lock:
            return self._moment()

    def set(self, moment: datetime, *, frozen: bool) -> None:
        """Set the time to `moment`; it continues from there unless `frozen`.

        Raises:
            ClockRangeError: `moment` is out of range.
        """
        if not _EARLIEST <= moment <= _LATEST:
            raise ClockRangeError
        moment = moment.astimezone(UTC)
        with self._lock:
            self._frozen = moment if frozen else None
            self._shift = moment - datetime.now(UTC)
        self._changed()

    def advance(self, seconds: float) -> None:
        """Move the time `seconds` ahead (back, when negative).

        Raises:
            ClockRangeError: The result is out of range.
        """
        with self._lock:
            now = self._moment()
            if not (_EARLIEST - now).total_seconds() <= seconds <= (_LATEST - now).total_seconds():
                raise ClockRangeError
            step = timedelta(seconds=seconds)
            self._shift += step
            if self._frozen is not None:
                self._frozen += step
        self._changed()

    def reset(self) -> None:
        """Follow the machine's clock again."""
        with self._lock:
            self._shift = timedelta()
            self._frozen = None
        self._changed()

    @property
    def is_set(self) -> bool:
        """Whether the time differs from the machine's own."""
        with self._lock:
            return self._frozen is not None or self._shift != timedelta()

    def _moment(self) -> datetime:
        """The time now. Only with the lock held."""
        return self._frozen or datetime.now(UTC) + self._shift

    def _changed(self) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()

    @property
    def frozen(self) -> bool:
        """Whether the time is frozen."""
        with self._lock:
            return self._frozen is not None


def iso(moment: datetime) -> str:
    """`moment` as jobs and the version 3 resources write it.

    Source: recorded answers of dbt Cloud: `2023-01-02T03:04:05.000006+00:00`.
    """
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def spaced(moment: datetime) -> str:
    """`moment` as runs and projects write it: a space where `iso` has a `T`.

    Source: recorded answers of dbt Cloud.
    """
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="microseconds")


def in_words(*parts: tuple[int, str]) -> str:
    """The first two counts that are not zero, such as `3 hours, 1 minute`; empty when all are zero."""
    words = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return ", ".join(words[:2])
