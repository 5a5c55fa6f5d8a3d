"""A job's run by clients that do just that: `small_clients.py ORIGIN TOKEN JOB`."""

import json
import sys

from dbt_cloud_api_client.client import DbtCloudClient
from dlt.helpers.dbt_cloud.client import DBTCloudClientV2
from pydbtcloud.client import DbtCloud

origin, token, job_id = sys.argv[1:]

of_dlt = DBTCloudClientV2(token, "1", f"{origin}/api")
run_id = of_dlt.trigger_job_run(job_id, {"cause": "dlt has loaded"})
status = of_dlt.get_run_status(run_id)

host, _, port = origin.rpartition(":")
account = DbtCloudClient(token, host=host, port=int(port)).get_account_by_name("Local")
job = account.get_job_by_name("Production")
run = job.run("by hand")
begun = run.status
run.reload()

of_2019 = DbtCloud(1, token, f"{origin}/api/v2")
pages = [[run["id"] for run in page.get("data")] for page in of_2019.list_runs({"limit": 1})]

print(
    json.dumps(
        {
            "dlt": [status["id"] == run_id, status["status_humanized"], status["in_progress"]],
            "job": job.id,
            "run": [begun, run.status, run.is_finished()],
            "pages": [len(page) for page in pages],
            "all_runs": sorted(number for page in pages for number in page),
            "found": [
                of_2019.get_job(int(job_id)).get("data")["id"],
                of_2019.get_environment(101).get("data")["name"],
                len(of_2019.list_environments().get("data")),
                len(of_2019.list_repositories().get("data")),
            ],
            "cancelled_too_late": of_2019.cancel_run(run_id).get("data")["status_humanized"],
        }
    )
)
