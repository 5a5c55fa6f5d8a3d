"""When a scheduled job runs. Times are UTC; dbt Cloud knows no daylight saving.

Source: https://docs.getdbt.com/docs/deploy/deploy-jobs#schedule-days
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, NotRequired, TypedDict

import pulumi
from pydantic import AfterValidator, Field, model_validator

from pulumi_dbtcloud_datafold.settings.field_types import no_repeats
from pulumi_dbtcloud_datafold.settings.problems import broken_rule, require_one
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel

CRON_FIELDS = 5
INPUTS = ["scheduleType", "scheduleCron", "scheduleDays", "scheduleHours"]
"""The provider's inputs that have no default value of their own kind; `scheduleInterval` always has one."""
_CRON_EXAMPLE = "write minute hour day month weekday, e.g. '0 6 * * 1-5' (06:00 UTC on weekdays)"


def _cron(value: str) -> str:
    if value != value.strip():
        # dbt Cloud takes it off, and each refresh would show a change.
        raise broken_rule(
            "this cron expression begins or ends with a space or a line break", "remove it"
        )
    if not (value.isascii() and value.isprintable()):
        raise broken_rule(
            "a cron expression has letters and digits of ASCII and plain spaces only", _CRON_EXAMPLE
        )
    from cronsim import CronSim, CronSimError

    found = len(value.split())
    if found != CRON_FIELDS:
        raise broken_rule(
            f"a cron expression has {CRON_FIELDS} fields, this one has {found}", _CRON_EXAMPLE
        )
    try:
        CronSim(value, datetime(2024, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        if _day_never_comes(value):
            raise broken_rule(
                f"'{value}': there is no such day, so the job never runs",
                "correct day or month; scheduled: false makes a job that only a trigger, a person or the API starts",
            ) from None
        raise broken_rule(f"'{value}': {error}", _CRON_EXAMPLE) from None
    return value


def _day_never_comes(value: str) -> bool:
    """Tell whether day and month of an expression are right, each by itself, and have no day in common."""
    from cronsim import CronSim, CronSimError

    minute, hour, day, month, weekday = value.split()
    for alone in ((minute, hour, day, "*", weekday), (minute, hour, "*", month, weekday)):
        try:
            CronSim(" ".join(alone), datetime(2024, 1, 1, tzinfo=UTC))
        except CronSimError:
            return False
    return True


CronExpression = Annotated[str, AfterValidator(_cron)]
Hours = Annotated[
    list[Annotated[int, Field(ge=0, le=23)]], Field(min_length=1), AfterValidator(no_repeats)
]
Days = Annotated[
    list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1), AfterValidator(no_repeats)
]


class ScheduleArgs(TypedDict):
    """When a job runs: exactly one of `hours`, `interval` and `cron`. Times are UTC."""

    hours: NotRequired[pulumi.Input[list[pulumi.Input[int]]]]
    """Hours of the day, 0 to 23, UTC; the provider's `schedule_hours`."""
    interval: NotRequired[pulumi.Input[int]]
    """Every so many hours, 1 to 23; for once a day write `hours`. The provider's `schedule_interval`."""
    cron: NotRequired[pulumi.Input[str]]
    """Five cron fields, UTC; the provider's `schedule_cron`."""
    days: NotRequired[pulumi.Input[list[pulumi.Input[int]]]]
    """Only on these weekdays, 0 (Sunday) to 6 (Saturday). Default: every day. Goes with `hours` or `interval`;
    a `cron` has its own weekday field."""


class Schedule(SettingsModel):
    """`ScheduleArgs`, checked."""

    args_type: ClassVar[type] = ScheduleArgs

    foreign_keys: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("type", "date", "time"), "remove it; write hours, interval or cron"),
        **{f"schedule_{key}": f"write {key} here" for key in ("hours", "interval", "cron", "days")},
    }

    hours: Hours | None = None
    interval: Annotated[int, Field(ge=1, le=23)] | None = None
    cron: CronExpression | None = None
    days: Days | None = None

    @model_validator(mode="after")
    def _exactly_one_way(self) -> "Schedule":
        require_one(
            self,
            ("hours", "interval", "cron"),
            "a schedule has",
            "keep one, e.g. hours: [2] (02:00 UTC daily)",
        )
        if self.cron and self.days:
            raise broken_rule(
                "days do not go with cron",
                "put the weekdays into the fifth cron field, e.g. '0 6 * * 1-5'",
            )
        return self

    def provider_inputs(self) -> dict[str, Any]:
        """Return the provider's `schedule_*` inputs.

        `interval_cron`, the provider's fifth way, is left out on purpose: the provider fills its minute field with the
        hour interval (`4 */6 * * 1,5`), and `days_of_week` says the same without that defect.
        """
        given = self.provided()
        every_day = "days_of_week" if "days" in given else "every_day"
        inputs = {f"schedule_{key}": value for key, value in given.items()}
        return {"schedule_type": "custom_cron" if "cron" in given else every_day, **inputs}
