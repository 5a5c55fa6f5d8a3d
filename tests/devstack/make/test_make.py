"""What a new user types, in a clone. The tests of this module go on from each other, as a session does."""

import json
import os
import signal
import socket
import subprocess

import httpx
import pytest

from tests.devstack.make import clone


def port_of(clone):
    return int(clone.environment["PORT"])


def test_up_brings_everything_up_and_says_which_job_to_choose(clone_with_port):
    said = clone_with_port.make("up")

    lines = [line.split("  ") for line in said.splitlines()]
    told = {(line[0].strip(), line[1].strip()) for line in lines if len(line) > 3}
    assert ("analytics", "Merge") in told
    assert ("marketing", "Datafold artifacts") in told
    assert said.count("Job that creates dbt artifacts") >= 2
    assert "Service token: Datafold" in said
    link = next(word for word in said.split() if "/jobs/" in word)
    assert httpx.get(link.strip('"'), trust_env=False).status_code != 502


def test_the_commands_of_pulumi_work_typed_by_hand(clone_with_port):
    type_ = clone_with_port.sh

    type_("pulumi preview --stack dev --expect-no-changes")
    type_("pulumi refresh --stack dev --yes --expect-no-changes")
    outputs = json.loads(type_("pulumi stack output --stack dev --json"))

    assert outputs["service_token_string"] == "[secret]"
    assert (
        outputs["jobs"]["analytics"]["merge"]["datafold_field"] == "Job that creates dbt artifacts"
    )


def test_a_killed_server_is_started_again_with_its_state(clone_with_port):
    record = clone_with_port.folder / ".local" / "cloud" / "server.json"
    os.kill(json.loads(record.read_text())["pid"], signal.SIGKILL)

    said = clone_with_port.make("up")

    assert "18 unchanged" in said


def test_a_server_whose_state_was_lost_is_filled_again(clone_with_port):
    clone_with_port.sh(".venv/bin/python -m localcloud stop")
    for file in (clone_with_port.folder / ".local" / "cloud").glob("*.sqlite3*"):
        file.unlink()

    said = clone_with_port.make("up")

    assert "created" in said
    assert "Service token: Datafold" in said


def lock_of(clone, pid):
    locks = clone.folder / ".local/state/.pulumi/locks/organization/dbtcloud-datafold/dev"
    locks.mkdir(parents=True, exist_ok=True)
    lock = locks / "a-made-up-lock.json"
    lock.write_text(
        json.dumps(
            {
                "pid": pid,
                "username": "somebody",
                "hostname": socket.gethostname(),
                "timestamp": "2026-01-01T00:00:00Z",
            }
        )
    )
    return lock


def test_a_second_up_removes_the_lock_of_a_killed_run_and_changes_nothing(clone_with_port):
    ended = subprocess.Popen(["true"])
    ended.wait()
    lock = lock_of(clone_with_port, ended.pid)

    said = clone_with_port.make("up")

    assert f"removing the lock of process {ended.pid} on " in said
    assert not lock.exists()
    assert "18 unchanged" in said
    written = (clone_with_port.folder / "Pulumi.dev.yaml").read_text()
    assert written == (clone.ROOT / "Pulumi.dev.yaml").read_text()


@pytest.mark.parametrize("ending", [".json", ".json.0c1d.tmp"])
def test_a_lock_that_was_not_written_whole_is_removed(clone_with_port, ending):
    whole = lock_of(clone_with_port, os.getpid())
    lock = whole.rename(whole.with_suffix(ending))
    lock.write_text("")

    said = clone_with_port.make("up")

    assert "removing the lock of an interrupted run, which has ended" in said
    assert not lock.exists()


def test_the_lock_of_a_run_that_is_alive_is_respected(clone_with_port):
    lock = lock_of(clone_with_port, os.getpid())

    said = clone_with_port.make("up", fails=True)

    assert f"is locked by process {os.getpid()}" in said
    assert "pulumi cancel --yes dev" in said
    assert lock.exists()
    lock.unlink()


def test_down_of_a_stopped_server_needs_no_port_and_keeps_what_another_stack_needs(clone_with_port):
    of_example = "cd examples/one-project && pulumi stack"
    localcloud = ".venv/bin/python -m localcloud"
    clone_with_port.sh(f"export PULUMI_DIY_BACKEND_GZIP=true; {of_example} init other --no-select")
    clone_with_port.sh(f"{localcloud} start --port 0 --data .local/examples")
    clone_with_port.sh(f"{localcloud} stop")

    kept = clone_with_port.make("down", "PORT=")
    data = clone_with_port.folder / ".local" / "cloud" / "cloud.sqlite3"
    kept_data = data.exists()
    clone_with_port.sh(f"{of_example} rm other --yes")
    kept_cloud = clone_with_port.make("down")
    clone_with_port.sh(f"{localcloud} stop --data .local/examples")
    said = clone_with_port.make("down")

    assert "18 deleted" in kept
    assert "it holds the state of one-project/other, the data of the local dbt Cloud" in kept
    assert kept_data
    assert f"that runs on {clone_with_port.folder / '.local' / 'examples'}" in kept_cloud
    assert "the state of" not in kept_cloud
    assert "nothing is left" in said
    assert not (clone_with_port.folder / ".local").exists()
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port_of(clone_with_port))) != 0


def test_an_occupied_port_is_told_with_the_way_out(clone_with_port):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port_of(clone_with_port)))
        other.listen()

        said = clone_with_port.make("up", fails=True)

    assert f"port {port_of(clone_with_port)} is taken by another program" in said
    assert "Traceback" not in said
