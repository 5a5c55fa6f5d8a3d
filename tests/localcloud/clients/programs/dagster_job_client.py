"""A job's run by Dagster's older client of dbt Cloud: `dagster_job_client.py ORIGIN TOKEN JOB VARIABLE_ID`."""

import json
import sys

from dagster import Failure
from dagster_dbt.cloud.resources import DbtCloudClient

origin, token, job_text, variable_text = sys.argv[1:]
job_id = int(job_text)
client = DbtCloudClient(
    auth_token=token, account_id=1, dbt_cloud_host=f"{origin}/", request_max_retries=0
)

client.update_job(job_id, generate_docs=True)
output = client.run_job_and_poll(job_id, poll_interval=0.05, steps_override=["dbt build -s a"])
run_id = output.run_id
client.set_job_environment_variable(10, job_id, int(variable_text), "DBT_LEVEL", "higher")

try:
    client.get_run(run_id + 1_000_000)
    missing = None
except Failure as failure:
    missing = failure.description

print(
    json.dumps(
        {
            "jobs": [job["id"] for job in client.list_jobs(10)],
            "docs": output.docs_url,
            "steps": client.get_run_steps(run_id),
            "artifacts": client.list_run_artifacts(run_id),
            "generated": client.get_manifest(run_id)["metadata"],
            "runs": [run["id"] == run_id for run in client.get_runs(job_id=job_id)],
            "newest": [run["trigger"]["cause"] for run in client.get_runs(["trigger"], limit=1)],
            "cancelled_too_late": client.cancel_run(run_id)["status_humanized"],
            "variables": client.get_job_environment_variables(10, job_id),
            "missing": missing,
        }
    )
)
