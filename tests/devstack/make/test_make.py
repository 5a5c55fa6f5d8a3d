"""What a new user types, in a clone."""

import json
import os
import re
import shutil
import signal
import socket

import httpx
import pytest

from localcloud import process
from tests.devstack.make import clone as a_clone


@pytest.fixture
def new_clone(tmp_path):
    """A clone in which nothing has been brought up."""
    return a_clone.with_port(tmp_path)


def port_of(clone):
    return int(clone.environment["PORT"])


def test_up_starts_a_killed_server_again_with_its_state_and_says_which_job_to_choose(running):
    before = running.job_ids()
    os.kill(process.find(running.cloud).pid, signal.SIGKILL)

    output = running.make("up")

    assert running.job_ids() == before
    lines = [line.split("  ") for line in output.splitlines()]
    message = {(line[0].strip(), line[1].strip()) for line in lines if len(line) > 3}
    assert ("analytics", "Merge") in message
    assert ("marketing", "Datafold artifacts") in message
    assert output.count("Job that creates dbt artifacts") >= 2
    assert "Service token: Datafold" in output
    link = next(word for word in output.split() if "/jobs/" in word)
    assert httpx.get(link.strip('"'), trust_env=False).status_code != 502


def test_the_commands_of_pulumi_work_typed_by_hand(running):
    type_ = running.sh

    type_("pulumi preview --stack dev --expect-no-changes")
    type_("pulumi refresh --stack dev --yes --expect-no-changes")
    outputs = json.loads(type_("pulumi stack output --stack dev --json"))

    assert outputs["service_token_string"] == "[secret]"
    assert (
        outputs["jobs"]["analytics"]["merge"]["datafold_field"] == "Job that creates dbt artifacts"
    )


def test_make_shell_has_the_environment_of_the_dev_stack(running, monkeypatch):
    monkeypatch.setenv("SHELL", "/usr/bin/env")

    shown = running.make("shell")

    assert f"PULUMI_HOME={running.folder}/.local/pulumi" in shown.splitlines()
    assert f"DBT_CLOUD_HOST_URL=http://127.0.0.1:{port_of(running)}/api" in shown.splitlines()


def test_a_server_whose_state_was_lost_is_filled_again(running):
    running.sh(".venv/bin/python -m localcloud stop")
    for file in running.cloud.glob("*.sqlite3*"):
        file.unlink()

    output = running.make("up")

    assert "created" in output
    assert "Service token: Datafold" in output


def lock_of(clone, pid, name="a.json"):
    locks = clone.folder / ".local/state/.pulumi/locks/organization/dbtcloud-datafold/dev"
    locks.mkdir(parents=True, exist_ok=True)
    holder = {"pid": pid, "username": "somebody", "hostname": socket.gethostname()}
    (locks / name).write_text(json.dumps({**holder, "timestamp": "2026-01-01T00:00:00Z"}))
    return locks / name


def test_up_recovers_what_a_killed_up_was_creating(running):
    before = running.job_ids()
    state = running.folder / ".local/state/.pulumi/stacks/dbtcloud-datafold/dev.json"
    content = json.loads(state.read_text())
    latest = content["checkpoint"]["latest"]
    for name in ("analytics-merge-job", "datafold-token"):
        [cut] = [
            resource for resource in latest["resources"] if resource["urn"].endswith(f"::{name}")
        ]
        latest["resources"].remove(cut)
        cut = {key: value for key, value in cut.items() if key not in ("id", "outputs", "created")}
        latest.setdefault("pending_operations", []).append({"resource": cut, "type": "creating"})
    state.write_text(json.dumps(content))
    # As after the first `up`, whose state was being written when it was killed.
    shutil.rmtree(running.folder / ".local/state/.pulumi/history")
    state.with_name("dev.json.attrs").write_text("")

    output = running.make("up")

    number = before["analytics", "merge"]
    assert re.search(rf"analytics-merge-job +taken over +job {number} 'Merge'", output)
    assert re.search(r"datafold-token +removed +service token \d+ 'Datafold'", output)
    assert "Recovered: " in output
    assert running.job_ids() == before
    secret = "pulumi stack output --stack dev service_token_string --show-secrets"
    assert running.sh(secret).startswith("dbtc_")


def test_a_second_up_removes_the_lock_of_a_killed_run_and_changes_nothing(running):
    before = running.job_ids()
    # Whatever else shows that a run has ended is in test_file_backend.py.
    lock = lock_of(running, os.getpid(), "a.json.0c1d.tmp")
    lock.write_text("")

    output = running.make("up")

    assert "removing the lock of an interrupted run, which has ended" in output
    assert not lock.exists()
    assert running.job_ids() == before
    stack_file = (running.folder / "Pulumi.dev.yaml").read_text()
    assert stack_file == (a_clone.ROOT / "Pulumi.dev.yaml").read_text()


def test_the_lock_of_a_run_that_is_alive_is_respected(running):
    lock = lock_of(running, os.getpid())

    output = running.make("up", fails=True)

    assert f"is locked by process {os.getpid()}" in output
    assert "pulumi cancel --yes dev" in output
    assert lock.exists()
    lock.unlink()


def test_down_of_a_stopped_server_needs_no_port_and_keeps_what_another_stack_needs(new_clone):
    new_clone.make("up")
    # As a resource is that was imported by hand.
    new_clone.sh("pulumi state protect --stack dev --all --yes")
    of_example = "cd examples/one-project && pulumi stack"
    localcloud = ".venv/bin/python -m localcloud"
    new_clone.sh(f"export PULUMI_DIY_BACKEND_GZIP=true; {of_example} init other --no-select")
    new_clone.sh(f"{localcloud} start --port 0 --data .local/examples")
    new_clone.sh(f"{localcloud} stop")

    kept = new_clone.make("down", "PORT=")
    kept_data = (new_clone.cloud / "cloud.sqlite3").exists()
    new_clone.sh(f"{of_example} rm other --yes")
    kept_cloud = new_clone.make("down")
    new_clone.sh(f"{localcloud} stop --data .local/examples")
    output = new_clone.make("down")

    assert re.search(r"- \d+ deleted", kept)
    assert "it holds the state of one-project/other, the data of the local dbt Cloud" in kept
    assert kept_data
    assert f"that runs on {new_clone.folder / '.local' / 'examples'}" in kept_cloud
    assert "the state of" not in kept_cloud
    assert "nothing is left" in output
    assert not (new_clone.folder / ".local").exists()
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port_of(new_clone))) != 0
