"""A job of the account in the words of the stack file: what its block says, and what no block can say.

The defaults are those of the settings models; a key whose value is the default is left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from pulumi_dbtcloud_datafold.cli.init.recognition import Job, Role, cron_of
from pulumi_dbtcloud_datafold.jobs.artifacts_job import COMMANDS, ArtifactsJobSettings
from pulumi_dbtcloud_datafold.jobs.merge_job import MergeJobSettings
from pulumi_dbtcloud_datafold.jobs.production_job import ProductionJobSettings
from pulumi_dbtcloud_datafold.jobs.pull_request_job import PullRequestJobSettings
from pulumi_dbtcloud_datafold.jobs.settings import JobSettings
from pulumi_dbtcloud_datafold.settings.problems import problems_from

Settings = dict[str, Any]

MODELS: dict[Role, type[JobSettings]] = {
    "production_job": ProductionJobSettings,
    "pull_request_job": PullRequestJobSettings,
    "merge_job": MergeJobSettings,
    "artifacts_job": ArtifactsJobSettings,
}
"""What a role's block may say."""

_STATUSES = {10: "success", 20: "error", 30: "canceled"}
_HOURLY = {"interval": 1}
"""When an artifacts job runs that says nothing else; its model has None."""

_SILENT: Settings = {
    **{
        key: PullRequestJobSettings.model_fields[key].default
        for key in (
            "triggers_on_draft_pr",
            "run_lint",
            "errors_on_lint_failure",
            "run_compare_changes",
            "compare_changes_flags",
        )
    },
    "deferring_environment_id": None,
    "deferring_job_id": None,
    "self_deferring": False,
    "job_completion_trigger_condition": None,
}
"""What a job is declared with where its role has no such key."""

_SHOWN = 60
"""Characters of a value that a line shows."""


@dataclass(frozen=True)
class Expressed:
    """A job, expressed.

    Attributes:
        settings: What its block says, without `adopt_job_id`.
        changes: What the block cannot say: `pulumi up` changes it, or it stays unmanaged. A sentence each.
    """

    settings: Settings
    changes: tuple[str, ...] = ()


class InexpressibleError(Exception):
    """The settings models refuse the job; the message says why."""


def express(job: Job, role: Role, production_id: int | None) -> Expressed:
    """Return a job's settings and what they leave out.

    Args:
        job: The job.
        role: Its block.
        production_id: Environment that a pull-request job defers to; None if it is not decided.

    Raises:
        InexpressibleError: The settings models refuse it.
    """
    changes: list[str] = []
    everything = _everything(job, changes)
    triggers = everything.pop("triggers")
    model = MODELS[role]
    if role == "pull_request_job":
        changes += _pull_request_changes(everything, triggers, production_id)
    settings = {key: value for key, value in everything.items() if key in model.model_fields}
    _say_when_it_starts(role, settings, triggers, everything["schedule"], changes)
    if role == "artifacts_job":
        _name_the_command(settings)
    date = (job.get("schedule") or {}).get("date") or {}
    if triggers["schedule"] and date.get("type") == "interval_cron":
        changes.append("schedule.type is interval_cron, becomes custom_cron, at the same times")
    if role in ("pull_request_job", "merge_job"):
        # The provider neither reads nor sends it for these types: it stays as it is in dbt Cloud.
        settings["cost_optimization_features"] = None
    if not settings.get("run_lint") and settings.pop("errors_on_lint_failure", True) is False:
        changes.append(_becomes("errors_on_lint_failure", False, True))
    for key, default in _SILENT.items():
        handled = role == "pull_request_job" and key.startswith(("deferring", "self_deferring"))
        if key not in model.model_fields and everything[key] != default and not handled:
            changes.append(_becomes(key, everything[key], default))
    minimal = _without_defaults(model, settings)
    _require(model, minimal)
    return Expressed(minimal, tuple(changes))


def default(role: Role, key: str) -> Any:  # noqa: ANN401 - any setting
    """Return what a role's block means if it does not say the key."""
    return MODELS[role].model_fields[key].get_default(call_default_factory=True)


def becomes(role: Role, key: str, now: object, wanted: object) -> str:
    """Say that `pulumi up` changes a setting."""
    return f"{role}: {_becomes(key, now, wanted)}"


def _everything(job: Job, changes: list[str]) -> Settings:
    """Return all that is known of a job, by the keys of all roles."""
    settings, execution = job.get("settings") or {}, job.get("execution") or {}
    deferring_job = job.get("deferring_job_definition_id")
    triggers = job.get("triggers") or {}
    if any("\n" in step or "\r" in step for step in map(str, job.get("execute_steps") or [])):
        changes.append("execute_steps has a line break, which becomes a space")
    flags = job.get("compare_changes_flags")
    if flags == "":
        changes.append(_becomes("compare_changes_flags", flags, _SILENT["compare_changes_flags"]))
    features = job.get("cost_optimization_features") or None
    if features and len(features) > 1:
        changes.append(f"cost_optimization_features has several ({', '.join(features)}): they stay")
        features = None
    for key in sorted(job):
        if "query_history" in key and job[key]:
            changes.append(f"{key} is on, and the stack file has no key for it: it is not managed")
    if job.get("lifecycle_webhooks"):
        changes.append(
            "lifecycle_webhooks is on, and the stack file has no key for it: it is not managed"
        )
    if job.get("deactivated"):
        changes.append(
            "dbt Cloud has switched the job off after failures: `pulumi up` leaves it off"
        )
    return {
        "name": job.get("name") or "",
        "description": job.get("description") or "",
        "execute_steps": list(job.get("execute_steps") or []),
        "dbt_version": job.get("dbt_version") or None,
        "num_threads": settings.get("threads"),
        "target_name": settings.get("target_name"),
        "timeout_seconds": execution.get("timeout_seconds") or 0,
        "generate_docs": bool(job.get("generate_docs")),
        "run_generate_sources": bool(job.get("run_generate_sources")),
        "cost_optimization_features": features,
        "triggers_on_draft_pr": bool(job.get("triggers_on_draft_pr")),
        "run_lint": bool(job.get("run_lint")),
        "errors_on_lint_failure": bool(job.get("errors_on_lint_failure", True)),
        "run_compare_changes": bool(job.get("run_compare_changes")),
        "compare_changes_flags": flags or _SILENT["compare_changes_flags"],
        "deferring_environment_id": job.get("deferring_environment_id"),
        "deferring_job_id": None if deferring_job == job["id"] else deferring_job,
        "self_deferring": deferring_job == job["id"],
        "job_completion_trigger_condition": _condition(job),
        "schedule": _schedule(job),
        "triggers": {
            key: bool(triggers.get(key))
            for key in ("schedule", "github_webhook", "git_provider_webhook", "on_merge")
        },
    }


def _condition(job: Job) -> Settings | None:
    trigger = job.get("job_completion_trigger_condition") or {}
    if not (condition := trigger.get("condition")):
        return None
    return {
        "job_id": condition["job_id"],
        "project_id": condition["project_id"],
        "statuses": [_STATUSES.get(status, str(status)) for status in condition["statuses"]],
    }


def _schedule(job: Job) -> Settings:
    schedule = job.get("schedule") or {}
    date, time = schedule.get("date") or {}, schedule.get("time") or {}
    if date.get("type") in ("custom_cron", "interval_cron"):
        return {"cron": cron_of(job)}
    days = {"days": list(date.get("days") or [])} if date.get("type") == "days_of_week" else {}
    if time.get("type") == "at_exact_hours":
        return {"hours": list(time.get("hours") or []), **days}
    return {"interval": time.get("interval") or 1, **days}


def _pull_request_changes(
    everything: Settings, triggers: Mapping[str, bool], production_id: int | None
) -> Iterable[str]:
    """Say what a pull-request job always is: it defers to production, and both webhooks start it."""
    if everything["self_deferring"]:
        yield _becomes("self_deferring", True, False)
    if number := everything["deferring_job_id"]:
        yield _becomes("deferring_job_id", number, None)
    if (number := everything["deferring_environment_id"]) != production_id:
        yield _becomes("deferring_environment_id", number, production_id)
    for key in ("github_webhook", "git_provider_webhook"):
        if not triggers[key]:
            yield _becomes(f"triggers.{key}", False, True)


def _say_when_it_starts(
    role: Role,
    settings: Settings,
    triggers: Mapping[str, bool],
    schedule: Settings,
    changes: list[str],
) -> None:
    """Set the keys that say what starts the job, as far as the role has them."""
    wanted = {"on_merge"} if role == "merge_job" else set()
    if role in ("production_job", "artifacts_job"):
        wanted = {"schedule"} & {key for key in triggers if triggers[key]}
        settings["scheduled"] = bool(wanted)
        settings["schedule"] = schedule if wanted else None
    if role == "artifacts_job" and triggers["on_merge"]:
        wanted, settings["on_merge"] = {"on_merge"}, True
        # Of no effect beside on_merge; the model's default is left.
        settings["scheduled"] = True
        settings["schedule"] = None
    if role == "pull_request_job":
        wanted = {"github_webhook", "git_provider_webhook"}
    changes += [
        _becomes(f"triggers.{key}", is_on, key in wanted)
        for key, is_on in triggers.items()
        if is_on != (key in wanted) and not (role == "pull_request_job" and not is_on)
    ]


def _name_the_command(settings: Settings) -> None:
    """Say `command` in place of the step that it stands for."""
    for command, step in COMMANDS.items():
        if settings["execute_steps"] == [step]:
            settings["command"] = command
            settings["execute_steps"] = None
    if settings.get("schedule") == _HOURLY:
        settings["schedule"] = None


def _without_defaults(model: type[JobSettings], settings: Settings) -> Settings:
    """Return what differs from the model's defaults; null stands for the default."""
    kept = {}
    for key, value in settings.items():
        means = model.model_fields[key].get_default(call_default_factory=True)
        if hasattr(means, "model_dump"):
            means = means.model_dump(exclude_none=True)
        if value is not None and value != means:
            kept[key] = value
    return kept


def _require(model: type[JobSettings], settings: Settings) -> None:
    try:
        model.model_validate(settings)
    except ValidationError as error:
        message = "; ".join(
            f"{problem.path}: {problem.problem} ({problem.fix})"
            if problem.path
            else f"{problem.problem} ({problem.fix})"
            for problem in problems_from(error, model)
        )
        raise InexpressibleError(message) from None


def _becomes(key: str, now: object, wanted: object) -> str:
    return f"{key} is {_brief(now)}, becomes {_brief(wanted)}"


def _brief(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_brief(part)}" for key, part in value.items())
    if isinstance(value, list):
        return "; ".join(map(str, value))
    text = " ".join(str(value).split()) or "empty"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
