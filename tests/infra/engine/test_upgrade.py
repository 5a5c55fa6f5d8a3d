"""Stacks made by older programs keep their numbers and secrets under the program of today."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from localcloud import testing
from localcloud.server import DATABASE
from tests.infra.engine.deployment import ANALYTICS, MARKETING

ROOT = Path(__file__).resolve().parents[3]
RECORDED = Path(__file__).parent / "recorded_1fa19bf"

FIRST_PROGRAM = '''
"""What the first version declared, with its type tokens and names written out: they are in its users' states."""

import os

import pulumi
import pulumi_dbtcloud as dbtcloud

account = dbtcloud.Provider(
    "dbtcloud", account_id=1, host_url=os.environ["DBT_CLOUD_HOST_URL"], token="local-dbt-cloud"
)


def component(kind, name, **opts):
    opts = pulumi.ResourceOptions(**opts)
    return pulumi.ComponentResource(f"dbtcloud-datafold:index:{kind}", name, None, opts)


def job(project, project_id, environment_id, kind, role, name, **more):
    parent = component(kind, f"{project.pulumi_resource_name}-{role}", parent=project)
    ci = kind == "PullRequestJob"
    dbtcloud.Job(
        f"{project.pulumi_resource_name}-{role}-job",
        project_id=project_id,
        environment_id=environment_id,
        name=name,
        execute_steps=["dbt build"],
        triggers={
            "github_webhook": ci,
            "git_provider_webhook": ci,
            "schedule": False,
            "on_merge": kind == "MergeJob",
        },
        opts=pulumi.ResourceOptions(parent=parent),
        **more,
    )


analytics = component("DatafoldIntegration", "analytics", providers=[account])
job(analytics, 10, 101, "ProductionJob", "production", "Production")
job(analytics, 10, 102, "PullRequestJob", "pull-request", "Pull requests", deferring_environment_id=101)
job(analytics, 10, 101, "MergeJob", "merge", "Merge")
marketing = component("DatafoldIntegration", "marketing", providers=[account])
job(marketing, 20, 201, "ProductionJob", "production", "Production")
job(marketing, 20, 202, "PullRequestJob", "pull-request", "Pull requests", deferring_environment_id=201)
job(marketing, 20, 201, "ArtifactsJob", "artifacts", "Datafold artifacts")
dbtcloud.ServiceToken(
    "datafold-token",
    name="Datafold",
    service_token_permissions=[{"permission_set": "member", "all_projects": True}],
    opts=pulumi.ResourceOptions(
        parent=component("MemberServiceToken", "datafold", providers=[account])
    ),
)
'''


def test_a_stack_of_the_first_program_keeps_its_numbers_and_its_secret(stack):
    program = stack.folder / "infra" / "__main__.py"
    of_today = program.read_text()
    program.write_text(FIRST_PROGRAM)
    stack.up()
    jobs = {name: job["id"] for name, job in stack.jobs().items()}
    tokens = [token["id"] for token in stack.tokens()]

    program.write_text(of_today)
    stack.configure(projects={"analytics": ANALYTICS, "marketing": MARKETING}, protect=True)
    stack.up()

    assert len(jobs) == 6
    assert {name: job["id"] for name, job in stack.jobs().items()} == jobs
    assert [token["id"] for token in stack.tokens()] == tokens
    stack.assert_settled()


@pytest.fixture
def recorded_cloud(tmp_path):
    """The local dbt Cloud that the recorded stack has filled."""
    data = tmp_path / "recorded-cloud"
    data.mkdir()
    with closing(sqlite3.connect(data / DATABASE)) as connection:
        connection.executescript((RECORDED / "cloud.sql").read_text())
    with testing.running(data) as cloud:
        yield cloud


@pytest.fixture
def recorded_stack(tmp_path, pulumi_home, recorded_cloud):
    """Run `pulumi` on the recorded stack, with the program of today."""
    folder = tmp_path / "recorded"
    shutil.copytree(ROOT / "infra", folder / "infra")
    shutil.copy(RECORDED / "Pulumi.dev.yaml", folder)
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    project = {**yaml.safe_load((ROOT / "Pulumi.yaml").read_text()), "runtime": runtime}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    (folder / "state").mkdir()
    state = (RECORDED / "state.json").read_text()
    (folder / "state.json").write_text(
        state.replace("http://127.0.0.1:8765", recorded_cloud.origin)
    )
    environment = {
        **os.environ,
        **pulumi_home.env,
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "a-made-up-passphrase",
        "DBT_CLOUD_HOST_URL": recorded_cloud.url,
        "DBT_CLOUD_TOKEN": testing.TOKEN,
        "DBT_CLOUD_ACCOUNT_ID": "1",
    }

    def pulumi(*arguments):
        command = ["pulumi", "--non-interactive", *arguments]
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    pulumi("stack", "init", "dev")
    pulumi("stack", "import", "--file", "state.json")
    return pulumi


@pytest.mark.parametrize("refresh", [(), ("--refresh",)], ids=["as recorded", "refreshed"])
def test_a_recorded_stack_with_everything_does_not_change(recorded_stack, refresh):
    recorded_stack("preview", "--expect-no-changes", "--diff", *refresh)
