import time, os, resource
import pytest
from tests.components.cli import command
from tests.components.cli.recover import kills
from tests.infra.engine.deployment import ANALYTICS, MARKETING
HOOK = {"webhook_url": "https://example.com/hook", "emails": ["team@example.com"], "user_id": 1, "slack_channel": {"id": "C0123456789", "name": "#data"}}

@pytest.mark.parametrize("at", range(1, 16))
def test_explore(stack, at):
    stack.ask_cloud("POST","/v3/accounts/1/projects/10/environment-variables/bulk/", body={"env_var": {"new_name": "DBT_REGION", "project": "us"}})
    block = {**ANALYTICS, "merge_job": {"environment_variables": {"DBT_REGION": "eu"}, "self_deferring": True},
      "environments": {"production": {"id":101}, "pull_request": {"create": {"name":"Slim"}}}}
    stack.configure(projects={"analytics": block, "marketing": MARKETING}, notifications=HOOK)
    with kills.at_write(stack, at) as kill:
        stack.up("--parallel", "3", fails=True)
    print("KILLED", kill.write)
    stack.extra_env["DBTCLOUD_DATAFOLD_ADOPTION_PREVIEW"] = "1"
    a = time.monotonic()
    ran = stack.run(command.COMMAND, "recover", "--yes")
    print(ran.text)
    print("TOOK", time.monotonic()-a)
    stack.assert_settled()
    kept = stack.cloud.control.resources()
    print({k: len([x for x in v if x["state"]==1]) for k, v in kept.items() if k in ("job","service_token","environment","notification","webhook")})
    outputs = stack.outputs("--show-secrets")
    assert outputs["service_token_string"]
