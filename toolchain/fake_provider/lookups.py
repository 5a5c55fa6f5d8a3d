"""The functions: reading projects, environments and jobs that the program does not declare.

No recording shows them. They follow the SDK's classes for what they answer, and for what they ask the
official provider's source: https://github.com/dbt-labs/terraform-provider-dbtcloud, the data sources
in pkg/framework/objects/{project,environment,job}.
"""

from collections.abc import Callable, Mapping
from urllib.parse import quote

from toolchain.fake_provider import job_payload, sdk
from toolchain.fake_provider.api import Api, Document
from toolchain.fake_provider.failure import ProviderError, because
from toolchain.fake_provider.values import UNKNOWN, Properties


def get_environment(api: Api, arguments: Properties) -> Properties:
    """GET one environment."""
    project_id, number = _required(arguments, "projectId", "environmentId")
    path = f"projects/{project_id}/environments/{number}/"
    try:
        return _environment(api.get("v3", path))
    except ProviderError as error:
        raise because("Error getting the environment", error) from error


def get_environments(api: Api, arguments: Properties) -> Properties:
    """GET the environments of the account, or of one project."""
    project_id = arguments.get("projectId")
    query = f"?project_id={project_id}" if project_id else ""
    try:
        found = [_environment(item) for item in api.items("v3", f"environments/{query}")]
    except ProviderError as error:
        raise because("Error getting the environments", error) from error
    return {"environments": found, "projectId": project_id}


def get_project(api: Api, arguments: Properties) -> Properties:
    """GET one project, by its number, or by its name in any case."""
    number, name = arguments.get("id"), arguments.get("name")
    related = "include_related=[freshness_job_id,docs_job_id]"
    try:
        if number is not None:
            return _project(api.get("v3", f"projects/{number}/?{related}"))
        if not name:
            message = "give its number as `id`, or its `name`"
            raise ProviderError(message)
        found = [
            item
            for item in api.items("v3", f"projects/?{related}")
            if item["name"].lower() == str(name).lower()
        ]
    except ProviderError as error:
        raise because("Error getting the project", error) from error
    if len(found) != 1:
        message = (
            f'Error getting the project: the account has {len(found)} projects named "{name}"; '
            "give the number as `id` instead"
        )
        raise ProviderError(message)
    return _project(found[0])


def get_projects(api: Api, arguments: Properties) -> Properties:
    """GET the projects of the account, or those with a text in their name."""
    text = arguments.get("nameContains")
    wanted = f"name__icontains={quote(str(text))}&" if text else ""
    related = quote('["repository","connection"]', safe="[],")
    path = f"projects/?{wanted}limit=100&order_by=name&include_related={related}"
    try:
        found = [_project(item) for item in api.items("v3", path)]
    except ProviderError as error:
        raise because("Error getting the projects", error) from error
    return {"projects": found, "nameContains": text}


def get_job(api: Api, arguments: Properties) -> Properties:
    """GET one job."""
    [number] = _required(arguments, "jobId")
    try:
        job = api.get("v2", f"jobs/{number}/")
    except ProviderError as error:
        raise because("Error getting the job", error) from error
    deferring_job = job.get("deferring_job_definition_id")
    trigger = job.get("job_completion_trigger_condition")
    condition = [job_payload.condition_properties(trigger["condition"])] if trigger else []
    return {
        **_job(job),
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
    try:
        jobs = list(api.items("v2", f"jobs?{wanted}&include_related=[environment]"))
    except ProviderError as error:
        raise because("Error getting the jobs", error) from error
    found = []
    for job in jobs:
        trigger = job.get("job_completion_trigger_condition")
        found.append(
            {
                **_job(job),
                "deferringJobDefinitionId": job.get("deferring_job_definition_id"),
                "jobCompletionTriggerCondition": (
                    {"condition": job_payload.condition_properties(trigger["condition"])}
                    if trigger
                    else None
                ),
            }
        )
    return {"jobs": found, "projectId": project_id, "environmentId": environment_id}


FUNCTIONS: Mapping[str, Callable[[Api, Properties], Properties]] = {
    sdk.function(name).token: call
    for name, call in {
        "getEnvironment": get_environment,
        "getEnvironments": get_environments,
        "getJob": get_job,
        "getJobs": get_jobs,
        "getProject": get_project,
        "getProjects": get_projects,
    }.items()
}
"""Every function, by its token."""


def _required(arguments: Properties, *names: str) -> list[object]:
    missing = [name for name in names if arguments.get(name) in (None, UNKNOWN)]
    if missing:
        message = f"Missing required argument: {', '.join(missing)}"
        raise ProviderError(message)
    return [arguments[name] for name in names]


def _environment(item: Document) -> Properties:
    return {
        "connectionId": item.get("connection_id"),
        "credentialsId": item.get("credentials_id"),
        "customBranch": item.get("custom_branch"),
        "dbtVersion": item.get("dbt_version"),
        "deploymentType": item.get("deployment_type"),
        "enableDbtState": item.get("enable_dbt_state"),
        "enableModelQueryHistory": bool(item.get("enable_model_query_history")),
        "environmentId": item["id"],
        "extendedAttributesId": item.get("extended_attributes_id"),
        "name": item["name"],
        "primaryProfileId": item.get("primary_profile_id"),
        "projectId": item["project_id"],
        "type": item.get("type"),
        "useCustomBranch": bool(item.get("use_custom_branch")),
    }


def _project(item: Document) -> Properties:
    connection, repository = item.get("connection"), item.get("repository")
    return {
        "createdAt": item.get("created_at"),
        "dbtProjectSubdirectory": item.get("dbt_project_subdirectory"),
        "description": item.get("description") or "",
        "docsJobId": item.get("docs_job_id"),
        "freshnessJobId": item.get("freshness_job_id"),
        "id": item["id"],
        "name": item["name"],
        "projectConnection": connection
        and {
            "adapterVersion": connection.get("adapter_version"),
            "id": connection.get("id"),
            "name": connection.get("name"),
        },
        "repository": repository
        and {
            "id": repository.get("id"),
            "pullRequestUrlTemplate": repository.get("pull_request_url_template"),
            "remoteUrl": repository.get("remote_url"),
        },
        "semanticLayerConfigId": item.get("semantic_layer_config_id"),
        "state": item.get("state"),
        "type": item.get("type") or 0,
        "updatedAt": item.get("updated_at"),
    }


def _job(item: Document) -> Properties:
    environment = item.get("environment") or {}
    settings, schedule = item.get("settings") or {}, item.get("schedule") or {}
    triggers = item.get("triggers") or {}
    timeout_seconds = (item.get("execution") or {}).get("timeout_seconds") or 0
    return {
        "dbtVersion": item.get("dbt_version"),
        "deferringEnvironmentId": item.get("deferring_environment_id"),
        "description": item.get("description") or "",
        "environment": {
            "deploymentType": environment.get("deployment_type"),
            "id": environment.get("id", item.get("environment_id")),
            "name": environment.get("name"),
            "projectId": environment.get("project_id"),
            "type": environment.get("type"),
        },
        "environmentId": item["environment_id"],
        "executeSteps": item.get("execute_steps") or [],
        "execution": {"timeoutSeconds": timeout_seconds},
        "forceNodeSelection": item.get("force_node_selection"),
        "generateDocs": bool(item.get("generate_docs")),
        "id": item["id"],
        "jobId": item["id"],
        "jobType": item.get("job_type"),
        "name": item["name"],
        "projectId": item["project_id"],
        "runCompareChanges": bool(item.get("run_compare_changes")),
        "runGenerateSources": bool(item.get("run_generate_sources")),
        "schedule": {"cron": schedule.get("cron")},
        "settings": {
            "targetName": settings.get("target_name"),
            "threads": settings.get("threads"),
        },
        "timeoutSeconds": timeout_seconds,
        "triggers": {
            name: bool(triggers.get(field_name))
            for name, field_name in job_payload.TRIGGERS.items()
        },
        "triggersOnDraftPr": bool(item.get("triggers_on_draft_pr")),
    }
