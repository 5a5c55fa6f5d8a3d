"""The functions: reading projects, environments and jobs that the program does not declare.

No recording shows them. They follow the SDK's classes for what they answer, and for what they ask the
official provider's source: https://github.com/dbt-labs/terraform-provider-dbtcloud, the data sources
in pkg/framework/objects/{project,environment,job}.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from toolchain.fake_provider import job_payload, sdk
from toolchain.fake_provider.api import Api, Document
from toolchain.fake_provider.failure import ProviderError, doing
from toolchain.fake_provider.values import UNKNOWN, Properties


def get_environment(api: Api, arguments: Properties) -> Properties:
    """GET one environment."""
    project_id, number = _required(arguments, "projectId", "environmentId")
    with doing("Error getting the environment"):
        found = api.get("v3", f"projects/{project_id}/environments/{number}/")
    return _environment(sdk.function("getEnvironment").properties, found)


def get_environments(api: Api, arguments: Properties) -> Properties:
    """GET the environments of the account, or of one project."""
    project_id = arguments.get("projectId")
    query = f"?project_id={project_id}" if project_id else ""
    fields = _fields_of_items("getEnvironments", "environments")
    with doing("Error getting the environments"):
        found = [_environment(fields, item) for item in api.items("v3", f"environments/{query}")]
    return {"environments": found, "projectId": project_id}


def get_project(api: Api, arguments: Properties) -> Properties:
    """GET one project, by its number, or by its name in any case."""
    number, name = arguments.get("id"), arguments.get("name")
    fields = sdk.function("getProject").properties
    related = "include_related=[freshness_job_id,docs_job_id]"
    with doing("Error getting the project"):
        if number is not None:
            return _project(fields, api.get("v3", f"projects/{number}/?{related}"))
        if not name:
            message = "give its number as `id`, or its `name`"
            raise ProviderError(message)
        found = [
            item
            for item in api.items("v3", f"projects/?{related}")
            if item["name"].lower() == str(name).lower()
        ]
        if len(found) != 1:
            message = (
                f'the account has {len(found)} projects named "{name}"; give the number as `id` '
                "instead"
            )
            raise ProviderError(message)
    return _project(fields, found[0])


def get_projects(api: Api, arguments: Properties) -> Properties:
    """GET the projects of the account, or those with a text in their name."""
    text = arguments.get("nameContains")
    wanted = f"name__icontains={quote(str(text))}&" if text else ""
    related = quote('["repository","connection"]', safe="[],")
    path = f"projects/?{wanted}limit=100&order_by=name&include_related={related}"
    fields = _fields_of_items("getProjects", "projects")
    with doing("Error getting the projects"):
        found = [_project(fields, item) for item in api.items("v3", path)]
    return {"projects": found, "nameContains": text}


def get_job(api: Api, arguments: Properties) -> Properties:
    """GET one job."""
    [number] = _required(arguments, "jobId")
    with doing("Error getting the job"):
        job = api.get("v2", f"jobs/{number}/")
    deferring_job = job.get("deferring_job_definition_id")
    trigger = job.get("job_completion_trigger_condition")
    condition = [job_payload.condition_properties(trigger["condition"])] if trigger else []
    return {
        **_job(sdk.function("getJob").properties, job),
        "deferringJobId": deferring_job,
        "selfDeferring": deferring_job == job["id"],
        "jobCompletionTriggerConditions": condition,
    }


def get_jobs(api: Api, arguments: Properties) -> Properties:
    """GET the jobs of one project, or of one environment."""
    project_id, environment_id = arguments.get("projectId"), arguments.get("environmentId")
    if (project_id is None) == (environment_id is None):
        message = (
            "Invalid Attribute Configuration: give either `projectId` or `environmentId`, "
            f"not {'none' if project_id is None else 'both'}"
        )
        raise ProviderError(message)
    wanted = f"project_id={project_id}" if project_id else f"environment_id={environment_id}"
    with doing("Error getting the jobs"):
        jobs = list(api.items("v2", f"jobs?{wanted}&include_related=[environment]"))
    fields = _fields_of_items("getJobs", "jobs")
    found = [_job(fields, job) for job in jobs]
    for job, answer in zip(jobs, found, strict=True):
        if trigger := job.get("job_completion_trigger_condition"):
            condition = job_payload.condition_properties(trigger["condition"])
            answer["jobCompletionTriggerCondition"] = {"condition": condition}
    return {"jobs": found, "projectId": project_id, "environmentId": environment_id}


_CALLS = (get_environment, get_environments, get_job, get_jobs, get_project, get_projects)

FUNCTIONS: Mapping[str, Callable[[Api, Properties], Properties]] = {
    sdk.function(re.sub("_(.)", lambda found: found[1].upper(), call.__name__)).token: call
    for call in _CALLS
}
"""Every function, by its token."""


def _required(arguments: Properties, *names: str) -> list[object]:
    missing = [name for name in names if arguments.get(name) in (None, UNKNOWN)]
    if missing:
        message = f"Missing required argument: {', '.join(missing)}"
        raise ProviderError(message)
    return [arguments[name] for name in names]


_Fields = Mapping[str, sdk.Property]


def _fields_of_items(function: str, key: str) -> _Fields:
    element = sdk.function(function).properties[key].type.element
    return element.fields if element else {}


def _answer(fields: _Fields, item: Document) -> Properties:
    """What a function answers of an object of the service, which calls most fields as the SDK does."""
    found: Properties = {}
    for field in fields.values():
        value = item.get(field.snake)
        if isinstance(value, dict):
            value = _answer(field.type.fields, value)
        found[field.name] = bool(value) if field.type.kind == "boolean" else value
    return found


def _environment(fields: _Fields, item: Document) -> Properties:
    found = _answer(fields, {**item, "environment_id": item["id"]})
    return {**found, "enableDbtState": item.get("enable_dbt_state")}


def _project(fields: _Fields, item: Document) -> Properties:
    found = _answer(fields, {**item, "project_connection": item.get("connection")})
    return {**found, "description": found["description"] or "", "type": found["type"] or 0}


def _job(fields: _Fields, item: Document) -> Properties:
    timeout_seconds = (item.get("execution") or {}).get("timeout_seconds") or 0
    whole = {
        "environment": {"id": item["environment_id"]},
        **{key: {} for key in ("settings", "schedule", "triggers")},
        **{name: value for name, value in item.items() if value is not None},
        "job_id": item["id"],
        "execution": {"timeout_seconds": timeout_seconds},
        "timeout_seconds": timeout_seconds,
    }
    found = _answer(fields, whole)
    return {
        **found,
        "description": found["description"] or "",
        "executeSteps": found["executeSteps"] or [],
        "forceNodeSelection": item.get("force_node_selection"),
    }
