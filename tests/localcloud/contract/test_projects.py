import pytest

from tests.localcloud.contract.client import PRODUCTION, PROJECT

PROJECT_BODY = {
    # As the Terraform provider sends it.
    "name": "New",
    "description": "",
    "type": 0,
    "state": 1,
    "account_id": 1,
    "freshness_job_id": None,
    "docs_job_id": None,
}


@pytest.fixture
def project(owner):
    return owner.post(f"{owner.v3}/projects/", PROJECT_BODY)


def test_the_list_has_the_repository_and_is_filtered_by_name(owner):
    found = owner.get(f"{owner.v3}/projects/?name__icontains=ANALYT&limit=100&order_by=name")

    assert [project["name"] for project in found] == ["Analytics"]
    assert found[0]["repository"]["remote_url"] == "git@github.com:example/analytics.git"


def test_a_repository_is_attached_by_naming_it_and_detached_by_leaving_it_out(owner, project):
    path = f"{owner.v3}/projects/{project['id']}/"
    repository = owner.post(f"{path}repositories/", {"remote_url": "git@github.com:a/b.git"})

    attached = owner.post(path, {**PROJECT_BODY, "repository_id": repository["id"]})
    detached = owner.post(path, PROJECT_BODY)

    assert attached["repository"]["id"] == attached["repository_id"] == repository["id"]
    assert detached["repository_id"] is None
    assert detached["repository"] is None


def test_an_update_resets_what_it_leaves_out(owner, project):
    path = f"{owner.v3}/projects/{project['id']}/"
    owner.post(path, {**PROJECT_BODY, "description": "x", "dbt_project_subdirectory": "dbt"})

    reset = owner.post(path, {"name": "New"})

    assert reset["description"] == ""
    assert reset["dbt_project_subdirectory"] is None


def test_a_connection_reaches_every_environment_and_leaving_it_out_touches_none(owner):
    connection = owner.post(
        f"{owner.v3}/connections/",
        {"name": "db", "adapter_version": "postgres_v0", "config": {"hostname": "h"}},
    )
    path = f"{owner.v3}/projects/{PROJECT}/"

    owner.post(path, {"name": "Analytics", "connection_id": connection["id"]})
    after_naming = owner.get(f"{path}environments/{PRODUCTION}/")
    kept = owner.post(path, {"name": "Analytics"})
    after_leaving_out = owner.get(f"{path}environments/{PRODUCTION}/")

    assert after_naming["connection_id"] == connection["id"]
    assert kept["connection_id"] == connection["id"]
    assert after_leaving_out["connection_id"] == connection["id"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_deleted_project_is_answered_with_itself_and_gone_with_all_in_it(owner, method):
    job = owner.job()
    project = owner.get(f"{owner.v3}/projects/{PROJECT}/")
    gone = {**project, "state": 2}

    answer = owner.request(method, f"{owner.v3}/projects/{PROJECT}/", gone, status=200)["data"]

    assert (answer["id"], answer["state"]) == (PROJECT, 2)
    owner.get(f"{owner.v3}/projects/{PROJECT}/", status=404)
    owner.get(f"{owner.v3}/projects/{PROJECT}/environments/{PRODUCTION}/", status=404)
    owner.get(f"{owner.v2}/jobs/{job['id']}/", status=404)
    assert [item["id"] for item in owner.get(f"{owner.v3}/projects/")] == [20]
