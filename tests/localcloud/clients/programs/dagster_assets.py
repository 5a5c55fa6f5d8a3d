"""A dbt project in dbt Cloud as Dagster's assets: `dagster_assets.py ORIGIN TOKEN`.

Dagster makes a job of its own, parses the project with it, and builds with it.
"""

import contextlib
import io
import json
import sys

from dagster import AssetMaterialization, AssetSpec, Failure
from dagster_dbt import DbtCloudCredentials, DbtCloudWorkspace

origin, token = sys.argv[1:]
workspace = DbtCloudWorkspace(
    credentials=DbtCloudCredentials(account_id=1, token=token, access_url=origin),
    project_id=10,
    environment_id=101,
)

loaded = workspace.load_specs(select="fqn:*", exclude="", selector="")
specs = [spec for spec in loaded if isinstance(spec, AssetSpec)]
checks = [spec for spec in loaded if not isinstance(spec, AssetSpec)]

with contextlib.redirect_stdout(io.StringIO()) as log:
    events = list(workspace.cli(["build"]).wait(timeout=120))
materialized = [event for event in events if isinstance(event, AssetMaterialization)]
evaluated = [event for event in events if not isinstance(event, AssetMaterialization)]

with contextlib.redirect_stdout(io.StringIO()):
    try:
        list(workspace.cli(["run", "--select", "orders", "--vars", "{not yaml"]).wait(timeout=120))
        refusal = None
    except Failure as failure:
        refusal = failure.description

print(
    json.dumps(
        {
            "assets": {
                spec.key.to_user_string(): sorted(
                    dep.asset_key.to_user_string() for dep in spec.deps
                )
                for spec in specs
            },
            "checks": sorted(check.name for check in checks),
            "materialized": [event.asset_key.to_user_string() for event in materialized],
            "run_url": materialized[0].metadata["run_url"].value,
            "passed": sorted(event.check_name for event in evaluated if event.passed),
            "log": log.getvalue(),
            "refusal": refusal,
        }
    )
)
