"""The functions: what they ask the service, and what a program gets."""

import pytest

from tests.toolchain.provider.service import page

ROOT = "/api/v3/accounts/12"

ENVIRONMENT = {
    "id": 7,
    "project_id": 1,
    "name": "Production",
    "type": "deployment",
    "deployment_type": "production",
    "dbt_version": "latest",
    "use_custom_branch": False,
    "custom_branch": None,
    "connection_id": 5,
    "credentials_id": None,
}

JOB = {
    "id": 9,
    "project_id": 1,
    "environment_id": 7,
    "name": "Nightly",
    "description": None,
    "execute_steps": ["dbt build"],
    "triggers": {"schedule": True, "on_merge": None},
    "settings": {"threads": 4, "target_name": "prod"},
    "schedule": {"cron": "0 2 * * *"},
    "execution": {"timeout_seconds": 60},
    "job_type": "scheduled",
    "deferring_job_definition_id": 9,
    "job_completion_trigger_condition": {
        "condition": {"job_id": 3, "project_id": 1, "statuses": [10, 20]}
    },
    "environment": {"id": 7, "project_id": 1, "name": "Production", "type": "deployment"},
}


def invoke(provider, function, /, **arguments):
    answer, errors = provider.call(
        "Invoke", {"tok": f"dbtcloud:index/{function}:{function}", "args": arguments}
    )
    return (answer["return"], None) if errors is None else (None, errors[0])


def projects(*names):
    return [{"id": number, "name": name, "type": 0} for number, name in enumerate(names, 1)]


def test_an_environment_is_found_by_project_and_number(provider, service):
    service.pages[f"{ROOT}/projects/1/environments/7/"] = {"data": ENVIRONMENT}

    answer, _ = invoke(provider, "getEnvironment", projectId=1, environmentId=7)

    assert answer == {
        "connectionId": 5,
        "dbtVersion": "latest",
        "deploymentType": "production",
        "enableModelQueryHistory": False,
        "environmentId": 7,
        "name": "Production",
        "projectId": 1,
        "type": "deployment",
        "useCustomBranch": False,
    }


def test_a_list_is_read_to_its_last_page(provider, service):
    path = f"{ROOT}/environments/"
    of_project = f"{path}?project_id=1"
    service.pages[path] = page([{**ENVIRONMENT, "id": 1}, {**ENVIRONMENT, "id": 2}], total=3)
    service.pages[f"{path}?offset=2"] = page([{**ENVIRONMENT, "id": 3}], total=3)
    service.pages[of_project] = page([ENVIRONMENT], total=1)

    for arguments, numbers in (({}, [1, 2, 3]), ({"projectId": 1}, [7])):
        answer, _ = invoke(provider, "getEnvironments", **arguments)
        assert [item["environmentId"] for item in answer["environments"]] == numbers
    assert service.sent() == [f"GET {path}", f"GET {path}?offset=2", f"GET {of_project}"]


@pytest.mark.parametrize(
    ("names", "count"),
    [(["Sales", "Analytics"], 1), (["Sales"], 0), (["analytics", "ANALYTICS"], 2)],
)
def test_a_project_is_found_by_its_name_in_any_case_if_there_is_one(
    provider, service, names, count
):
    path = f"{ROOT}/projects/?include_related=[freshness_job_id,docs_job_id]"
    service.pages[path] = page(projects(*names), total=len(names))

    answer, error = invoke(provider, "getProject", name="aNalytics")

    if count == 1:
        assert (answer["id"], answer["name"]) == (2, "Analytics")
    else:
        assert f'the account has {count} projects named "aNalytics"' in error


def test_projects_are_listed_by_a_part_of_their_name(provider, service):
    path = (
        f"{ROOT}/projects/?name__icontains=sales%20%26&limit=100&order_by=name"
        "&include_related=[%22repository%22,%22connection%22]"
    )
    repository = {"id": 4, "remote_url": "git://x", "pull_request_url_template": None}
    service.pages[path] = page([{"id": 1, "name": "sales & x", "repository": repository}], total=1)

    answer, _ = invoke(provider, "getProjects", nameContains="sales &")

    [project] = answer["projects"]
    assert project["repository"] == {"id": 4, "remoteUrl": "git://x"}
    assert "projectConnection" not in project


def test_a_job_is_found_by_its_number(provider, service):
    service.pages["/api/v2/accounts/12/jobs/9/"] = {"data": JOB}

    answer, _ = invoke(provider, "getJob", jobId=9)

    assert answer["selfDeferring"] is True
    assert answer["jobCompletionTriggerConditions"] == [
        {"jobId": 3, "projectId": 1, "statuses": ["success", "error"]}
    ]
    assert answer["triggers"] == {
        "githubWebhook": False,
        "gitProviderWebhook": False,
        "onMerge": False,
        "schedule": True,
    }


@pytest.mark.parametrize(
    ("arguments", "query"),
    [({"projectId": 1}, "project_id=1"), ({"environmentId": 7}, "environment_id=7")],
)
def test_jobs_are_listed_by_project_or_by_environment(provider, service, arguments, query):
    path = f"/api/v2/accounts/12/jobs?{query}&include_related=[environment]"
    service.pages[path] = page([JOB], total=1)

    answer, _ = invoke(provider, "getJobs", **arguments)

    [job] = answer["jobs"]
    assert job["environment"]["name"] == "Production"
    assert job["jobCompletionTriggerCondition"]["condition"]["jobId"] == 3


@pytest.mark.parametrize("arguments", [{}, {"projectId": 1, "environmentId": 7}])
def test_jobs_are_not_listed_by_neither_or_both(provider, service, arguments):
    _, error = invoke(provider, "getJobs", **arguments)

    assert "give either `projectId` or `environmentId`" in error
    assert service.sent() == []


def test_a_function_that_the_fake_provider_does_not_have_is_refused(provider):
    _, error = invoke(provider, "getWebhook", webhookId="x")

    assert "has no function dbtcloud:index/getWebhook:getWebhook" in error
