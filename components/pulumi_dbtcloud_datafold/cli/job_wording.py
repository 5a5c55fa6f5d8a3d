"""A job's settings in words, so that two of its states can be compared by a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_dbtcloud_datafold.cli.preview import UNKNOWN as UNKNOWN_MARK

UNKNOWN = "known after the update"
"""The text of a value that does not exist yet."""
SECRET = "a secret"  # noqa: S105 - a text for people
SHOWN_SECRET = "[secret]"  # noqa: S105 - a text of Pulumi
"""What Pulumi shows of any secret."""
SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105 - Pulumi's mark for a secret in JSON

DEFAULTS: Mapping[str, Any] = {
    "compareChangesFlags": "--select state:modified",
    "errorsOnLintFailure": True,
    "isActive": True,
    "numThreads": 1,
    "scheduleInterval": 1,
    "scheduleType": "every_day",
    "targetName": "default",
}
"""What the provider takes where an input is absent and dbt Cloud's default is neither empty nor false.

Source: pkg/framework/objects/job/schema.go of terraform-provider-dbtcloud 1.12.4.
"""

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_WORKDAYS = [1, 2, 3, 4, 5]
_ENDS = {10: "success", 20: "error", 30: "cancelled"}
_HOUR = 3_600


def in_words(properties: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of a job: by name, the value as text.

    Args:
        properties: Inputs or outputs of the provider's job. An absent one has the provider's default.
    """
    given = {**DEFAULTS, **{key: value for key, value in properties.items() if value is not None}}
    triggers = _block(given.get("triggers"))
    is_ci = bool(triggers.get("githubWebhook") or triggers.get("gitProviderWebhook"))
    words = {
        "name": plain(given.get("name")),
        "description": plain(given.get("description") or "none"),
        "project": plain(given.get("projectId")),
        "environment": plain(given.get("environmentId")),
        "schedule": schedule(given) if triggers.get("schedule") else "none",
        "on merge": _yes_no(triggers.get("onMerge")),
        "on pull requests": _yes_no(is_ci),
        "after another job": _completion(given.get("jobCompletionTriggerConditions")),
        "steps": steps(given.get("executeSteps") or []),
        "defers to": _deferral(given),
        "target name": plain(given["targetName"]),
        "threads": plain(given["numThreads"]),
        "dbt version": plain(given.get("dbtVersion") or "that of the environment"),
        "timeout": _timeout(given),
        "docs": _yes_no(given.get("generateDocs")),
        "source freshness": _yes_no(given.get("runGenerateSources")),
        "lint": _lint(given),
        "compare changes": _compare_changes(given),
        "active": _yes_no(given["isActive"]),
    }
    if is_ci:
        words["on draft pull requests"] = _yes_no(given.get("triggersOnDraftPr"))
    if (features := properties.get("costOptimizationFeatures")) is not None:
        # Where none is declared, the account decides.
        words["cost features"] = ", ".join(map(str, features)) or "none"
    return words


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return what differs between two results of `in_words`: name, old text, new text."""
    return [(name, old[name], text) for name, text in new.items() if old.get(name, text) != text]


def summary(properties: Mapping[str, Any]) -> str:
    """Return in one line what a job does and when."""
    words = in_words(properties)
    starts = [words["schedule"]] if words["schedule"] != "none" else []
    starts += [name for name in ("on merge", "on pull requests") if words[name] == "yes"]
    if words["after another job"] != "no":
        starts.append(f"after {words['after another job']}")
    return (
        f"{words['steps']}; {' and '.join(starts) or 'started by API only'}; "
        f"environment {words['environment']}"
    )


def schedule(properties: Mapping[str, Any]) -> str:
    """Return when the clock starts a job."""
    kind = properties.get("scheduleType")
    if kind in ("custom_cron", "interval_cron"):
        return f"cron {plain(properties.get('scheduleCron'))} UTC"
    if hours := properties.get("scheduleHours"):
        times = [f"{int(hour):02}:00" for hour in hours]
        when = f"at {_listed(times)} UTC"
        return f"{_on_days(properties.get('scheduleDays'), 'daily')} {when}"
    interval = properties.get("scheduleInterval") or 1
    often = "every hour" if interval == 1 else f"every {plain(interval)} hours"
    days = properties.get("scheduleDays")
    return f"{often}, {_on_days(days, '')}" if days else often


def steps(commands: Sequence[object]) -> str:
    """Return dbt commands, in their order."""
    return ", then ".join(_code(command) for command in commands) or "none"


def plain(value: object) -> str:
    """Return a value as text; of a secret and of what is not known yet, that it is so."""
    if value == UNKNOWN_MARK:
        return UNKNOWN
    if value == SHOWN_SECRET or (isinstance(value, Mapping) and SECRET_MARK in value):
        return SECRET
    # Numbers are floats on the wire.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _on_days(days: Sequence[int] | None, every_day: str) -> str:
    if not days:
        return every_day
    numbers = sorted(map(int, days))
    if numbers == _WORKDAYS:
        return "Monday to Friday"
    return _listed([_DAYS[number] for number in numbers])


def _listed(items: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))


def _code(value: object) -> str:
    text = plain(value).replace("`", "'")
    return f"`{text}`"


def _yes_no(value: object) -> str:
    return UNKNOWN if value == UNKNOWN_MARK else "yes" if value else "no"


def _block(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _deferral(given: Mapping[str, Any]) -> str:
    if given.get("selfDeferring"):
        return "its own last run"
    if given.get("deferringEnvironmentId") == UNKNOWN_MARK:
        return UNKNOWN
    if environment := given.get("deferringEnvironmentId"):
        return f"environment {plain(environment)}"
    if job := given.get("deferringJobId"):
        return f"job {plain(job)}"
    return "nothing"


def _completion(conditions: Sequence[Mapping[str, Any]] | None) -> str:
    if not conditions:
        return "no"
    [condition, *_] = conditions
    ends = [_ENDS.get(end, str(end)) for end in condition.get("statuses") or []]
    return f"job {plain(condition.get('jobId'))} ({', '.join(ends)})"


def _timeout(given: Mapping[str, Any]) -> str:
    seconds = _block(given.get("execution")).get("timeoutSeconds") or given.get("timeoutSeconds")
    if not seconds or not isinstance(seconds, int | float):
        return "none"
    hours, rest = divmod(int(seconds), _HOUR)
    return f"{int(seconds)} s" if rest else f"{hours} h"


def _lint(given: Mapping[str, Any]) -> str:
    if not given.get("runLint"):
        return "no"
    return "yes, errors stop the run" if given["errorsOnLintFailure"] else "yes, as warnings"


def _compare_changes(given: Mapping[str, Any]) -> str:
    if not given.get("runCompareChanges"):
        return "no"
    return f"yes, {_code(given['compareChangesFlags'])}"
