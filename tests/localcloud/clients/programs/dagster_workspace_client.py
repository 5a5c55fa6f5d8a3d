"""Jobs and runs by Dagster's client of a dbt Cloud workspace: `dagster_workspace_client.py ORIGIN TOKEN`."""

import datetime
import json
import sys

from dagster_dbt import DbtCloudCredentials, DbtCloudWorkspace

origin, token = sys.argv[1:]
workspace = DbtCloudWorkspace(
    credentials=DbtCloudCredentials(account_id=1, token=token, access_url=f"{origin}/"),
    project_id=10,
    environment_id=101,
    request_max_retries=0,
)
client = workspace.get_client()


def now():
    return datetime.datetime.now(datetime.UTC)


client.verify_connection()
job = client.create_job(project_id=10, environment_id=101, job_name="Dagster's")
before = now()
runs = [client.trigger_job_run(job["id"], steps) for steps in (None, ["dbt ls"])]
ended = [client.poll_run(run["id"], poll_interval=0.05) for run in runs]
after = now()
tomorrow = after + datetime.timedelta(days=1)


def batch(*bounds, offset=0):
    found, total = client.get_runs_batch(10, 101, *bounds, offset=offset)
    return [run["id"] for run in found], total


print(
    json.dumps(
        {
            "names": [
                client.get_account_details()["name"],
                client.get_project_details(10)["name"],
                client.get_environment_details(101)["name"],
                client.get_job_details(job["id"])["name"],
                *[listed["name"] for listed in client.list_jobs(10, 101)],
            ],
            "jobs_elsewhere": client.list_jobs(20, 201),
            "runs": [run["id"] for run in runs],
            "ends": [run["status_humanized"] for run in ended],
            "finished_meanwhile": batch(before, after),
            "second_of_them": batch(before, after, offset=1),
            "finished_later": batch(after, tomorrow),
            "active": sorted(client.get_active_job_ids(10, 101, [job["id"]])),
            "artifacts": client.list_run_artifacts(runs[0]["id"]),
            "manifest": client.get_run_manifest_json(runs[0]["id"]),
            "log": client.get_run_logs(runs[1]["id"]),
            "destroyed": client.destroy_job(job["id"])["id"] == job["id"],
            "destroyed_again": client.destroy_job(job["id"]),
        }
    )
)
