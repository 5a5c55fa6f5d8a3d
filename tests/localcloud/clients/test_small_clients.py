"""Clients that start a job and wait for it, dlt's and dbt-cloud-api-client; and pydbtcloud, which lists."""


def test_small_clients_start_a_job_follow_its_run_and_list(owner, cloud, program):
    job = owner.job()

    found = program("small_clients.py", cloud, job["id"])

    assert found == {
        "dlt": [True, "Success", False],
        "job": job["id"],
        "run": ["Queued", "Success", True],
        # It asks for the first page only with the limit, then by the offset until none is left.
        "pages": [1, 1, 0],
        "all_runs": sorted(run["id"] for run in owner.get(f"{owner.v2}/runs/")),
        "found": [job["id"], "Production", 6, 2],
        "cancelled_too_late": "Success",
    }
    causes = [
        run["trigger"]["cause"] for run in owner.get(f"{owner.v2}/runs/?include_related=trigger")
    ]
    assert causes == ["dlt has loaded", "by hand"]
