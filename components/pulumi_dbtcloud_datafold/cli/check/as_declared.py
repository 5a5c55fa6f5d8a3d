"""Does dbt Cloud have what the stack declares, field by field?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_dbtcloud_datafold.cli import job_properties, job_wording
from pulumi_dbtcloud_datafold.cli.check.account_facts import AccountFacts
from pulumi_dbtcloud_datafold.cli.check.finding import Finding, Severity
from pulumi_dbtcloud_datafold.cli.check.stack_state import Declared, StackState
from pulumi_dbtcloud_datafold.cli.check.subjects import REFRESH, Subjects
from pulumi_dbtcloud_datafold.jobs.settings import SECRET_PREFIX

_WHAT_DATAFOLD_NEEDS = frozenset(
    {"schedule", "on merge", "on pull requests", "defers to", "environment", "steps", "active"}
)
"""Settings whose change makes Datafold compare the wrong things, or nothing."""

_ENVIRONMENT_KEYS = {
    "name": ("name", "name"),
    "type": ("type", "type"),
    "dbtVersion": ("dbt_version", "dbt version"),
    "deploymentType": ("deployment_type", "deployment type"),
    "useCustomBranch": ("use_custom_branch", "custom branch"),
    "customBranch": ("custom_branch", "branch"),
    "connectionId": ("connection_id", "connection"),
    "credentialId": ("credentials_id", "credentials"),
    "extendedAttributesId": ("extended_attributes_id", "extended attributes"),
}
"""By the provider's name: dbt Cloud's, and that for a person."""
_NOTIFICATION_KEYS = {
    "notificationType": "type",
    "userId": "user_id",
    "externalEmail": "external_email",
    "slackChannelId": "slack_channel_id",
    "onFailures": "on_failure",
    "onCancels": "on_cancel",
    "onWarnings": "on_warning",
    "onSuccesses": "on_success",
}
_WEBHOOK_KEYS = {
    "name": "name",
    "clientUrl": "client_url",
    "eventTypes": "event_types",
    "jobIds": "job_ids",
    "active": "active",
}
_GONE = "it is in the stack, but not in dbt Cloud, or this token does not see it"


def findings(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    """Yield what differs."""
    yield from _jobs(state, facts, subjects)
    yield from _variables(state, facts, subjects)
    yield from _added_variables(state, facts, subjects)
    yield from _environments(state, facts, subjects)
    yield from _tokens(state, facts, subjects)
    yield from _notifications(state, facts, subjects)
    yield from _webhooks(state, facts, subjects)


def _jobs(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    for job in state.jobs.values():
        found = facts.jobs.get(job.number)
        if found is None:
            if "jobs" not in facts.unseen:
                fix = "if somebody deleted it: `pulumi up --refresh` makes a new one; choose its number in Datafold"
                yield subjects.job(job).finding("job-gone", "error", _GONE, fix)
            continue
        properties = job_properties.properties(found, job.inputs)
        differing = job_wording.changes(
            job_wording.in_words(job.inputs), job_wording.in_words(properties)
        )
        if differing:
            names = {name for name, _, _ in differing}
            severity: Severity = "error" if names & _WHAT_DATAFOLD_NEEDS else "warning"
            yield subjects.job(job).finding("job-changed", severity, _in_words(differing), REFRESH)
        starter = found.get("job_completion_trigger_condition")
        if starter and not job.inputs.get("jobCompletionTriggerConditions"):
            number = starter["condition"]["job_id"]
            problem = f"after another job: declared no, is job {number}"
            # The provider reads it only where it is declared, so a refresh changes nothing.
            fix = f"remove job {number} from the triggers of its Settings in dbt Cloud; `pulumi up` does not see it"
            yield subjects.job(job).finding("job-changed", "warning", problem, fix)


def _variables(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    for variable in state.variables:
        job = state.jobs.get(int(variable.inputs["jobDefinitionId"]))
        values = facts.variables.get(job.number) if job else None
        if job is None or values is None:
            continue
        name = str(variable.inputs["name"])
        if "job" not in (values.get(name) or {}):
            problem = f"its value of {name} is in the stack, but not in dbt Cloud"
            fix = (
                "`pulumi up --refresh` sets it again"
                if name in values
                else f"make the variable {name} in the project's environments first, then `pulumi up --refresh`"
            )
            yield subjects.job(job).finding("variable-gone", "error", problem, fix)
        # dbt Cloud masks a secret one.
        elif not name.startswith(SECRET_PREFIX) and values[name]["job"].get(
            "value"
        ) != variable.inputs.get("rawValue"):
            problem = f"its value of {name} differs from the declared one"
            yield subjects.job(job).finding("variable-changed", "warning", problem, REFRESH)


def _added_variables(
    state: StackState, facts: AccountFacts, subjects: Subjects
) -> Iterator[Finding]:
    declared = {
        (int(one.inputs["jobDefinitionId"]), str(one.inputs["name"])) for one in state.variables
    }
    for job_id, values in facts.variables.items():
        job = state.jobs[job_id]
        added = sorted(
            name
            for name, levels in values.items()
            if (levels or {}).get("job") and (job_id, name) not in declared
        )
        if added:
            problem = (
                f"it has values of its own, which the stack does not declare: {', '.join(added)}"
            )
            fix = "remove them in its Settings in dbt Cloud, or write them into the job's environment_variables"
            yield subjects.job(job).finding("variable-added", "warning", problem, fix)


def _environments(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    if "environments" in facts.unseen:
        return
    for number, environment in state.environments.items():
        project_id = int(environment.inputs["projectId"])
        about = (number, project_id, environment.project)
        found = facts.environments.get(number)
        if found is None:
            fix = "make it again in dbt Cloud with its jobs: `pulumi up --refresh`"
            yield subjects.environment(*about).finding("environment-gone", "error", _GONE, fix)
            continue
        differing = [
            (
                words,
                job_wording.plain(environment.inputs[key]),
                job_wording.plain(found.get(theirs)),
            )
            for key, (theirs, words) in _ENVIRONMENT_KEYS.items()
            if key in environment.inputs and environment.inputs[key] != found.get(theirs)
        ]
        if differing:
            problem = _in_words(differing)
            yield subjects.environment(*about).finding(
                "environment-changed", "error", problem, REFRESH
            )
    used = {
        int(job.inputs["environmentId"]): job
        for job in state.jobs.values()
        if int(job.inputs["environmentId"]) not in state.environments
    }
    for number, job in sorted(used.items()):
        if number not in facts.environments:
            problem = f"its environment {number} is not in dbt Cloud, or this token does not see it"
            fix = "write another environment into the stack, then run `pulumi up`"
            yield subjects.job(job).finding("environment-gone", "error", problem, fix)


def _tokens(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    if "service tokens" in facts.unseen:
        return
    there = {token["id"]: token for token in facts.tokens}
    for number, token in state.tokens.items():
        subject = f"service token {number} '{token.name}'"
        if number not in there:
            problem = f"{_GONE}; what uses its secret is locked out"
            fix = "`pulumi up --refresh` makes a new one; enter its secret where the old one is in use"
            yield subjects.account(subject, number).finding("token-gone", "error", problem, fix)
            continue
        differing = []
        if there[number]["name"] != token.inputs.get("name"):
            differing.append(("name", str(token.inputs.get("name")), there[number]["name"]))
        wanted = _permissions(token.inputs.get("serviceTokenPermissions") or [], "permissionSet")
        if number in facts.permissions:
            has = _permissions(facts.permissions[number], "permission_set")
            if has != wanted:
                differing.append(("permissions", wanted, has))
        if differing:
            fix = "dbt Cloud cannot edit a token: replace it with a higher `generation` and keep_previous: true"
            problem = _in_words(differing)
            yield subjects.account(subject, number).finding("token-changed", "error", problem, fix)


def _notifications(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    if "notifications" in facts.unseen:
        return
    there = {one["id"]: one for one in facts.notifications}
    for declared in state.notifications:
        subject = f"notification {declared.number} '{declared.urn.rpartition('::')[2]}'"
        about = (subject, declared.number)
        found = there.get(declared.number)
        if found is None:
            fix = "`pulumi up --refresh` makes a new one"
            yield subjects.account(*about).finding("notification-gone", "error", _GONE, fix)
        elif names := _differing(declared, found, _NOTIFICATION_KEYS):
            problem = f"it was changed in dbt Cloud: {', '.join(names)}"
            yield subjects.account(*about).finding(
                "notification-changed", "warning", problem, REFRESH
            )


def _webhooks(state: StackState, facts: AccountFacts, subjects: Subjects) -> Iterator[Finding]:
    if "webhooks" in facts.unseen:
        return
    there = {one["id"]: one for one in facts.webhooks}
    for declared in state.webhooks:
        about = (f"webhook {declared.id} '{declared.name}'", None)
        found = there.get(declared.id)
        if found is None:
            fix = "`pulumi up --refresh` makes a new one; give its signing secret to the receiver"
            yield subjects.account(*about).finding("webhook-gone", "error", _GONE, fix)
            continue
        if names := _differing(declared, found, _WEBHOOK_KEYS):
            # The address may hold a secret.
            reason = found.get("deactivate_reason")
            problem = f"it was changed in dbt Cloud: {', '.join(names)}"
            problem += f" ({reason})" if reason else ""
            yield subjects.account(*about).finding("webhook-changed", "error", problem, REFRESH)


def _differing(declared: Declared, found: Mapping[str, Any], keys: Mapping[str, str]) -> list[str]:
    return [
        theirs.replace("_", " ")
        for ours, theirs in keys.items()
        if ours in declared.inputs
        and _comparable(declared.inputs[ours]) != _comparable(found.get(theirs))
    ]


def _comparable(value: object) -> object:
    if isinstance(value, list):
        # Their order means nothing, and job numbers may come as text.
        return sorted(job_wording.plain(item) for item in value)
    return value


def _permissions(items: Sequence[Mapping[str, Any]], key: str) -> str:
    project = {"permissionSet": "projectId", "permission_set": "project_id"}[key]
    words = [
        f"{item.get(key)} for project {job_wording.plain(item[project])}"
        if item.get(project)
        else f"{item.get(key)} for all projects"
        for item in items
    ]
    return " and ".join(sorted(words)) or "none"


def _in_words(differing: list[tuple[str, str, str]]) -> str:
    return "; ".join(f"{name}: declared {old}, is {new}" for name, old, new in differing)
