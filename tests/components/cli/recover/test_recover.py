"""What a killed `pulumi up` has left is recovered by one command: nothing is lost, nothing is there twice."""

import json
import os
import socket
from collections import Counter
from unittest import mock

import pytest
from pulumi_dbtcloud_datafold.engine.guard import ADOPTION_VARIABLE

from tests.components.cli import command
from tests.components.cli.init import terminal
from tests.components.cli.recover import kills
from tests.infra.engine import attached
from tests.infra.engine.deployment import (
    ANALYTICS,
    ANALYTICS_PRODUCTION,
    ANALYTICS_PROJECT,
    MARKETING,
)

UP = ("pulumi", "up", "--non-interactive", "--yes", "--skip-preview", "--parallel", "16")
RECOVER = (command.COMMAND, "recover", "--yes")
VARIABLES = "/v3/accounts/1/projects/10/environment-variables/bulk/"
FIRST = {
    "projects": {
        "analytics": {
            **ANALYTICS,
            "environments": {
                "production": {"id": ANALYTICS_PRODUCTION},
                "pull_request": {"create": {"name": "Slim"}},
            },
            # The provider sets the deferral by a second request.
            "merge_job": {"environment_variables": {"DBT_REGION": "eu"}, "self_deferring": True},
        },
        "marketing": MARKETING,
    },
    "notifications": {
        "emails": ["team@example.com", "lead@example.com", "night@example.com"],
        "slack_channel": {"id": "C0123456789", "name": "#data"},
        "user_id": 1,
        "webhook_url": "https://example.com/hook",
    },
}
MORE_THREADS = {"num_threads": 8}
SECOND = {
    "projects": {
        "analytics": {
            **FIRST["projects"]["analytics"],
            "production_job": MORE_THREADS,
            "pull_request_job": MORE_THREADS,
            "merge_job": {**FIRST["projects"]["analytics"]["merge_job"], **MORE_THREADS},
        },
    },
    "notifications": {
        **FIRST["notifications"],
        "emails": ["team@example.com", "new@example.com", "day@example.com"],
    },
    # Another token takes the place of the one for all projects.
    "service_token": {"project_ids": [ANALYTICS_PROJECT]},
}
OF_BOTH = [
    "job 10 Merge",
    "job 10 Production",
    "job 10 Pull requests",
    "environment Slim",
    "token Datafold",
    "team@example.com",
    "C0123456789",
    "webhook Datafold jobs failed",
]
MADE_FIRST = [
    *OF_BOTH,
    "job 20 Production",
    "job 20 Pull requests",
    "job 20 Datafold artifacts",
    "lead@example.com",
    "night@example.com",
]
MADE_SECOND = [*OF_BOTH, "new@example.com", "day@example.com"]


@pytest.fixture
def stack(stack):
    """A stack whose program, in this process, sees what the command sets for its own preview."""
    stack.ask_cloud(
        "POST", VARIABLES, body={"env_var": {"new_name": "DBT_REGION", "project": "us"}}
    )
    stack.extra_env[ADOPTION_VARIABLE] = "1"
    return stack


def killed(stack, number, *words, **options):
    """Run a command whose engine is killed when so many writes are under way; return the writes."""
    with kills.at_writes(stack, number, **options) as writes:
        ran = stack.run(*words, fails=True)
    assert len(writes) == number, ran.text
    return writes


def recover(stack, *options, code=0):
    """Run the command, whose program and provider run in this process."""
    ran = stack.run(command.COMMAND, "recover", *options, fails=bool(code))
    assert ran.code == code, ran.text
    return ran


def recover_at_a_terminal(stack):
    with attached.servers() as servers, mock.patch.dict(os.environ, {**stack.env, **servers}):
        code, shown = terminal.run(stack, ["recover"], [("Do this?", "y")])
    assert code == 0, shown


def kept(stack, kind):
    """What dbt Cloud has of a kind."""
    found = stack.cloud.control.resources().get(kind, [])
    return [thing for thing in found if thing["state"] == 1]


def made(stack):
    """How many of each name dbt Cloud has of what the stack makes."""
    found = Counter(f"job {job['project_id']} {job['name']}" for job in kept(stack, "job"))
    found += Counter(f"token {token['name']}" for token in stack.tokens())
    found += Counter(f"webhook {webhook['name']}" for webhook in kept(stack, "webhook"))
    found += Counter(
        notification["external_email"] or notification["slack_channel_id"]
        for notification in kept(stack, "notification")
    )
    return found + Counter(
        f"environment {environment['name']}"
        for environment in kept(stack, "environment")
        if environment["id"] > 1000
    )


def assert_whole(stack, names):
    """Each thing is there once, the state has it, with the secrets that dbt Cloud shows only once, and nothing else."""
    assert made(stack) == Counter(names)
    state = json.loads(stack.pulumi("stack", "export", "--show-secrets").stdout)["deployment"]
    assert not state.get("pending_operations")
    outputs = {
        resource["urn"].rpartition("::")[2]: resource.get("outputs")
        for resource in state["resources"]
    }
    jobs = {
        int(recorded["jobId"]) for recorded in outputs.values() if recorded and "jobId" in recorded
    }
    assert jobs == {job["id"] for job in kept(stack, "job")}
    token = json.loads(outputs["datafold-token"]["tokenString"]["plaintext"])
    assert stack.cloud_get("/v3/accounts/1/projects/10/", token).is_success
    assert outputs["failures-webhook"]["hmacSecret"]["plaintext"]


def test_things_cut_off_at_30_moments_are_there_once_each_and_in_the_state(stack):
    stack.configure(**FIRST)
    cut = killed(stack, 7, *UP)
    numbers = {job["id"] for job in kept(stack, "job")}
    cut += killed(stack, 8, *RECOVER, passing=r"/(service-tokens|jobs/\d+)/$")
    cut += killed(stack, 2, *RECOVER, sent=False)
    recover(stack, "--yes")

    assert_whole(stack, MADE_FIRST)
    assert numbers < {job["id"] for job in kept(stack, "job")}
    assert "Nothing to recover" in recover(stack).stdout

    stack.configure(**SECOND)
    cut += killed(stack, 4, *UP)
    cut += killed(stack, 6, *RECOVER)
    cut += killed(stack, 2, *RECOVER, passing="POST .*/service-tokens/")
    cut += killed(stack, 3, *RECOVER)
    recover_at_a_terminal(stack)

    assert_whole(stack, MADE_SECOND)
    assert len(cut) >= 30


def put(stack, job):
    """Let dbt Cloud have a job in that form."""
    with stack.cloud.store.writing() as session:
        session.put("job", job)


def test_what_is_not_certainly_of_the_update_is_left_to_a_person(stack, account):
    stack.configure(projects={"analytics": ANALYTICS})
    killed(stack, 4, *UP)
    stack.pulumi("cancel", "--yes")
    # Makes a second token, whose secret it has.
    assert "left it, run `dbtcloud-datafold recover`" in stack.up(fails=True).one_line
    first, recorded = (token["id"] for token in stack.tokens())
    merge = stack.jobs()["10 Merge"]
    path = f"/v2/accounts/1/jobs/{merge['id']}/"
    stack.cloud_post(path, {**merge, "execute_steps": ["dbt run"]})
    by_hand = account.token("Datafold")
    checks = stack.jobs()["10 Pull requests"]
    put(stack, {**checks, "created_at": "2026-01-01 00:00:00+00:00"})
    before = stack.cloud.control.resources()

    undecided = recover(stack, "--yes", code=1).stdout

    assert f"job {merge['id']} 'Merge', project 10, environment 101" in undecided
    assert "it has other execute_steps: adopt it" in undecided
    assert "it is older than the last update that succeeded" in undecided
    assert f"{first}, {by_hand} are all called so: delete those too many" in undecided
    assert stack.cloud.control.resources() == before

    put(stack, checks)
    stack.cloud_post(path, merge)
    stack.cloud_delete(f"/v3/accounts/1/service-tokens/{by_hand}/")
    assert "To do it: dbtcloud-datafold recover --yes" in recover(stack, code=1).stdout
    recover(stack, "--yes")
    assert [token["id"] for token in stack.tokens()] == [recorded]
    assert stack.jobs()["10 Merge"]["id"] == merge["id"]


def test_an_update_that_may_be_at_work_is_left_alone(stack):
    stack.configure(projects={"analytics": ANALYTICS})
    locks = stack.folder / "state/.pulumi/locks/organization/dbtcloud-datafold/dev"
    locks.mkdir(parents=True, exist_ok=True)
    of_this_process = {"pid": os.getpid(), "username": "root", "timestamp": "2026-01-01T00:00:00Z"}
    for host, message in (
        (socket.gethostname(), f"is locked by process {os.getpid()} of root on "),
        ("elsewhere", "on another machine. If it has ended: `pulumi cancel`"),
    ):
        (locks / "made-up.json").write_text(json.dumps({**of_this_process, "hostname": host}))

        assert message in recover(stack, "--yes", code=2).one_line


def test_an_environment_whose_deletion_was_not_recorded_is_forgotten(stack):
    stack.configure(**FIRST)
    stack.up()
    [made_here] = [
        environment for environment in kept(stack, "environment") if environment["id"] > 1000
    ]
    stack.cloud_delete(f"/v3/accounts/1/projects/10/environments/{made_here['id']}/")
    stack.configure(projects={"marketing": MARKETING})
    assert "resource-not-found-permissions" in stack.up(fails=True).one_line

    recovered = recover(stack, "--yes")

    assert "pulumi state delete: forget analytics-pull-request" in recovered.stdout
    stack.assert_settled()
    assert {job["project_id"] for job in kept(stack, "job")} == {20}
