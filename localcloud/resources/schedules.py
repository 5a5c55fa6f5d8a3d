"""A job's schedule: what is kept of it, its cron expression, and the next time it is due.

The API computes `schedule.cron` from `date` and `time` and pays no heed to the one it is sent.
Times are UTC.
"""

from datetime import datetime
from functools import lru_cache
from typing import Literal

from cronsim import CronSim, CronSimError
from pydantic import Field

from localcloud.clock import in_words
from localcloud.http.body import Body
from localcloud.http.errors import InvalidRequestError
from localcloud.state.store import Doc

_ALL_DAYS = range(7)
_CRON_FIELDS = 5


class ScheduleDateBody(Body):
    """On which days."""

    type: Literal["every_day", "days_of_week", "custom_cron", "interval_cron"] = "every_day"
    days: list[int] | None = None
    cron: str | None = None


class ScheduleTimeBody(Body):
    """At which hours of these days."""

    type: Literal["every_hour", "at_exact_hours"] = "every_hour"
    interval: int | None = Field(default=None, ge=1, le=24)
    hours: list[int] | None = None


class ScheduleBody(Body):
    """A schedule as it is sent; an empty one means every hour."""

    date: ScheduleDateBody = ScheduleDateBody()
    time: ScheduleTimeBody = ScheduleTimeBody(interval=1)


def computed(body: ScheduleBody) -> Doc:
    """The schedule as the API returns it, with its own `cron`.

    Keys that do not apply are absent: `days: []` or `hours: []` would read as a change.

    Source: recorded answers, and the provider's `obj/job`; `every_hour` above 1 and
    `days_of_week` are inferences.

    Raises:
        InvalidRequestError: A key is missing or out of range.
    """
    date, time = body.date, body.time
    if date.type in ("custom_cron", "interval_cron"):
        return _by_cron(date, time)
    minute_and_hour, kept_time = _by_time(time)
    if date.type == "every_day":
        return {
            "cron": f"{minute_and_hour} * * *",
            "date": {"type": "every_day"},
            "time": kept_time,
        }
    days = date.days or []
    if not days or not set(days) <= set(_ALL_DAYS):
        problem = "a list of days is required, 0 for Sunday to 6 for Saturday"
        raise InvalidRequestError({"schedule": {"date": {"days": problem}}})
    return {
        "cron": f"{minute_and_hour} * * {_joined(days)}",
        "date": {"type": "days_of_week", "days": days},
        "time": kept_time,
    }


def next_run(schedule: Doc, now: datetime) -> datetime | None:
    """When the schedule is due next, in UTC; never for a date that does not come."""
    return _next(schedule["cron"], now.replace(second=0, microsecond=0))


def humanized(schedule: Doc) -> str:
    """The schedule in words."""
    return _explained(schedule["cron"])


def time_left(moment: datetime, now: datetime) -> str:
    """How far `moment` lies ahead, in words, such as `3 hours, 5 minutes`."""
    minutes = max(int((moment - now).total_seconds()) // 60, 0)
    days, hours = minutes // 1440, minutes // 60 % 24
    return in_words((days, "day"), (hours, "hour"), (minutes % 60, "minute")) or (
        "less than a minute"
    )


@lru_cache(maxsize=4096)
def _next(cron: str, minute: datetime) -> datetime | None:
    try:
        return next(CronSim(cron, minute))
    except StopIteration:
        return None


@lru_cache(maxsize=4096)
def _explained(cron: str) -> str:
    return CronSim(cron, datetime.min).explain()


def _by_time(time: ScheduleTimeBody) -> tuple[str, Doc]:
    if time.type == "every_hour":
        if time.interval is None:
            problem = "required key not provided"
            raise InvalidRequestError({"schedule": {"time": {"interval": problem}}})
        hour = "*" if time.interval == 1 else f"*/{time.interval}"
        return f"0 {hour}", {"type": "every_hour", "interval": time.interval}
    hours = time.hours or []
    if not hours or not set(hours) <= set(range(24)):
        problem = "a list of hours from 0 to 23 is required"
        raise InvalidRequestError({"schedule": {"time": {"hours": problem}}})
    return f"0 {_joined(hours)}", {"type": "at_exact_hours", "hours": hours}


def _by_cron(date: ScheduleDateBody, time: ScheduleTimeBody) -> Doc:
    cron = (date.cron or "").strip()
    try:
        if len(cron.split()) != _CRON_FIELDS:
            message = f"{_CRON_FIELDS} fields are expected"
            raise CronSimError(message)
        CronSim(cron, datetime.min)
    except CronSimError as error:
        problem = f"not a cron expression: {error}; e.g. '0 6 * * 1-5' for 06:00 UTC on weekdays"
        raise InvalidRequestError({"schedule": {"date": {"cron": problem}}}) from None
    kept_date: Doc = {"type": date.type, "cron": cron}
    if date.type == "interval_cron":
        # The answer has the days of the expression, even if none were sent.
        kept_date["days"] = _days_of(cron)
    interval = time.interval or 1
    return {"cron": cron, "date": kept_date, "time": {"type": "every_hour", "interval": interval}}


def _days_of(cron: str) -> list[int]:
    return sorted({day % 7 for day in CronSim(cron, datetime.min).weekdays if isinstance(day, int)})


def _joined(numbers: list[int]) -> str:
    return ",".join(map(str, numbers))
