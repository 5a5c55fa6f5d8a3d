"""The local dbt Cloud listens elsewhere than usual, and is not running any more. The tests go on from each other."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from tests.devstack.make import clone
from tests.infra.engine.deployment import ROOT


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A clone in which no port is named in the environment."""
    with clone.warmed(clone.of(tmp_path_factory.mktemp("clone"))) as made:
        made.environment["PORT"] = ""
        yield made
        made.make("down")


@pytest.fixture(scope="module")
def ports():
    """Three ports that nobody listens on."""
    with ExitStack() as open_ones:
        sockets = [open_ones.enter_context(socket.socket()) for _ in range(3)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def stop(made):
    """As a restart of the machine does."""
    made.sh(".venv/bin/python -m localcloud stop")


def listens(made):
    record = made.folder / ".local" / "cloud" / "server.json"
    return json.loads(record.read_text())["port"]


def numbers(made):
    jobs = json.loads(made.sh("pulumi stack output --stack dev --json"))["jobs"]
    return {(p, role): job["job_id"] for p, roles in jobs.items() for role, job in roles.items()}


def test_a_stopped_server_comes_back_where_it_was(made, ports):
    made.make("up", f"PORT={ports[0]}")
    stop(made)

    said = made.make("up")

    assert listens(made) == ports[0]
    assert "18 unchanged" in said


def test_a_stopped_server_may_come_back_elsewhere_and_nothing_is_lost(made, ports):
    before = numbers(made)
    stop(made)

    made.make("up", f"PORT={ports[1]}")

    assert listens(made) == ports[1]
    assert numbers(made) == before
    made.sh("pulumi preview --stack dev --expect-no-changes")


def test_the_environment_of_a_stopped_server_starts_it_where_it_was(made, ports):
    stop(made)

    said = made.make("-s", "env")

    assert f"http://127.0.0.1:{ports[1]}/api" in said
    assert listens(made) == ports[1]


def test_without_a_port_the_next_free_one_takes_the_place_of_a_taken_one(made, ports):
    stop(made)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", ports[1]))
        other.listen()

        refused = made.make("-s", "env", f"PORT={ports[1]}", fails=True)
        address = made.sh('echo "$DBT_CLOUD_HOST_URL"').strip()
        said = made.make("down")

    assert f"port {ports[1]} is taken by another program" in refused
    assert "export" not in refused
    port = int(address.removeprefix("http://127.0.0.1:").removesuffix("/api"))
    assert port > ports[1]
    assert f"port {ports[1]} is taken" not in said
    assert f"moved to port {port}" in said
    assert "nothing is left" in said
    assert not (made.folder / ".local").exists()


def test_an_interrupt_leaves_time_to_end_well(tmp_path):
    well = tmp_path / "ended-well"
    script = f"trap 'kill $!; sleep 0.5; touch {well}; exit 1' INT; sleep 20 & echo ready; wait"
    # As in a terminal, also where these tests run in the background.
    code = f"""
import os, signal
from devstack import machine
signal.signal(signal.SIGINT, signal.default_int_handler)
machine.run(['sh', '-c', {script!r}], {{**os.environ}})
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout.readline() == b"ready\n"
        os.killpg(process.pid, signal.SIGINT)
        said = process.communicate(timeout=30)[1]

    assert well.exists()
    assert b"KeyboardInterrupt" in said


def test_a_cache_that_cannot_be_written_is_one_message(tmp_path):
    (tmp_path / "file").touch()
    environment = {**os.environ, "DATAFOLD_CACHE_DIR": str(tmp_path / "file")}
    command = [sys.executable, "-m", "devstack", "env"]

    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert "Not a directory" in ran.stderr
    assert "the clone and the cache need room and the right to write" in ran.stderr
    assert "Traceback" not in ran.stderr
