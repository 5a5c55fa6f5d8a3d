"""`pulumi import` of what exists, typed by hand."""

from tests.infra.engine import deployment, programs
from tests.infra.engine.deployment import ANALYTICS_PRODUCTION, ANALYTICS_PROJECT

HAND_MADE = {
    "id": None,
    "account_id": 1,
    "project_id": ANALYTICS_PROJECT,
    "environment_id": ANALYTICS_PRODUCTION,
    "name": "Nightly",
    "execute_steps": ["dbt build"],
    "schedule": {
        "date": {"type": "every_day"},
        "time": {"type": "at_exact_hours", "hours": [4]},
    },
    "triggers": {
        "github_webhook": False,
        "git_provider_webhook": False,
        "schedule": True,
        "on_merge": False,
    },
}


def test_a_job_and_a_token_that_exist_are_imported_with_their_numbers(tmp_path, pulumi_home, cloud):
    source = programs.write(tmp_path / "source", "")
    project = deployment.make(tmp_path / "project", pulumi_home, cloud, source).in_processes()
    job = project.cloud_post("/v2/accounts/1/jobs/", HAND_MADE).json()["data"]
    token = project.cloud_post(
        "/v3/accounts/1/service-tokens/",
        {
            "name": "made by hand",
            "state": 1,
            "permission_grants": [{"permission_set": "member", "project_id": None}],
        },
    ).json()["data"]

    imported = project.pulumi(
        "import", "dbtcloud:index/job:Job", "nightly", str(job["id"]), "--yes", "--protect=false"
    )
    project.pulumi(
        "import",
        "dbtcloud:index/serviceToken:ServiceToken",
        "datafold",
        str(token["id"]),
        "--yes",
        "--protect=false",
    )

    assert "nightly" in imported.text
    state = {resource["urn"].split("::")[-1]: resource for resource in project.state()}
    assert state["nightly"]["outputs"]["jobId"] == job["id"]
    assert state["datafold"]["id"] == str(token["id"])
    assert len(project.job_list()) == 1
