"""The server's log: a line for each request with method, path and status, never a header or body."""

import logging
from typing import Any

from localcloud.clock import Clock, spaced


class _ClockFormatter(logging.Formatter):
    """Writes the server's time, in UTC, also after it was set."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self._clock = clock

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - of logging
        """The time of a line, which is written at once."""
        return spaced(self._clock.now())


def config(clock: Clock) -> dict[str, Any]:
    """The configuration of the logs, for `logging.config.dictConfig`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": _ClockFormatter, "clock": clock}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            name: {"handlers": ["stderr"], "level": "INFO"} for name in ("uvicorn", "localcloud")
        },
    }
