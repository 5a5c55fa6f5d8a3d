"""Stacks of other programs: what the command needs is in their state or in dbt Cloud."""

import time

from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.cli.check import account_facts
from pulumi_dbtcloud_datafold.cli.check.stack_state import Declared, StackState

from localcloud.testing import TOKEN
from tests.components.cli import command
from tests.components.cli.account import Account
from tests.components.cli.check.behind import Checked
from tests.infra.engine import deployment, programs

PROGRAM = """\
import os
import pulumi
import pulumi_dbtcloud as dbtcloud
from pulumi_dbtcloud_datafold import MergeJob, PullRequestJob

url, token = os.environ["MY_URL"], os.environ["MY_TOKEN"]
provider = dbtcloud.Provider("account", account_id=1, host_url=f"{url}/api", token=token)
opts = pulumi.ResourceOptions(providers=[provider])
place = {"project_id": 10, "connection": {"account_id": 1, "access_url": url, "token": token}}
MergeJob("orders", {**place, "environment_id": 101, "first_run": True}, opts)
PullRequestJob("orders", {**place, "environment_id": 102, "deferring_environment_id": 101}, opts)
"""
JOBS = 100
LATENCY = 0.1


def test_a_program_that_names_its_account_itself_is_checked_and_reviewed(
    tmp_path, pulumi_home, cloud
):
    folder = programs.write(tmp_path / "program", PROGRAM)
    stack = deployment.make(tmp_path / "stack", pulumi_home, cloud, folder)
    stack.extra_env |= {
        "MY_URL": cloud.origin,
        "MY_TOKEN": TOKEN,
        "DBT_CLOUD_HOST_URL": None,
        "DBT_CLOUD_TOKEN": None,
        "DBT_CLOUD_ACCOUNT_ID": None,
    }
    stack.up()
    checked = Checked(stack)
    assert checked.check(code=0) == {}

    checked.change_job("10 Merge", triggers={"on_merge": False})

    [finding] = checked.check()["job-changed"]
    assert finding["project"] == "orders"
    assert finding["problem"] == "on merge: declared yes, is no"

    preview = tmp_path / "preview.json"
    preview.write_text(stack.preview("--json", "--refresh").stdout)
    reviewed = command.run(stack, "review", str(preview))
    assert "#### orders" in reviewed.stdout
    assert "| on merge | no | yes |" in reviewed.stdout


def test_a_hundred_jobs_are_asked_about_side_by_side(cloud):
    numbers = [Account(cloud).job(f"Job {number}") for number in range(JOBS)]
    inputs = {"projectId": 10, "environmentId": 101}
    jobs = {
        number: Declared("", "", "MergeJob", f"p{number}", number, inputs, {}) for number in numbers
    }
    cloud.control.set_latency(LATENCY)
    began = time.monotonic()

    with DbtCloudApi(AccessUrl.parse(cloud.url), 1, TOKEN) as api:
        facts = account_facts.ask(api, StackState(jobs, {}, {}))

    assert len(facts.runs) == JOBS
    # One after the other it would be more than ten seconds.
    assert time.monotonic() - began < JOBS * LATENCY / 2
