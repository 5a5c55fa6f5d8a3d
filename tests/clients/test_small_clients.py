"""Clients that start a job and wait for it: dlt's, and dbt-cloud-api-client."""


def test_small_clients_start_a_job_and_follow_its_run(owner, cloud, program):
    job = owner.job()

    found = program("small_clients.py", cloud, job["id"])

    assert found == {
        "dlt": [True, "Success", False],
        "job": job["id"],
        "run": ["Queued", "Success", True],
    }
    causes = [
        run["trigger"]["cause"] for run in owner.get(f"{owner.v2}/runs/?include_related=trigger")
    ]
    assert causes == ["dlt has loaded", "by hand"]
