"""The local dbt Cloud listens elsewhere than usual, or does not run any more."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from localcloud import process
from tests.devstack.make import clone as a_clone
from tests.infra.engine.deployment import ROOT


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone in which no port is named in the environment."""
    made = a_clone.of(tmp_path_factory.mktemp("clone"))
    made.environment["PORT"] = ""
    made.make("up", f"PORT={a_clone.free_port()}")
    yield made
    made.make("down")


def stop(clone):
    """As a restart of the machine does."""
    clone.sh(".venv/bin/python -m localcloud stop")


def port_of(clone):
    return process.find(clone.cloud).port


def test_a_stopped_server_may_come_back_elsewhere_and_nothing_is_lost(running):
    other, before = a_clone.free_port(), running.job_ids()
    stop(running)

    running.make("up", f"PORT={other}")

    assert port_of(running) == other
    assert running.job_ids() == before
    running.sh("pulumi preview --stack dev --expect-no-changes")


def test_the_environment_of_a_stopped_server_starts_it_where_it_was(running):
    port, before = port_of(running), running.job_ids()
    stop(running)

    assert f"http://127.0.0.1:{port}/api" in running.make("-s", "env")
    assert port_of(running) == port
    assert running.job_ids() == before


def test_without_a_port_the_next_free_one_takes_the_place_of_a_taken_one(running):
    port = port_of(running)
    stop(running)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()

        refused = running.make("-s", "env", f"PORT={port}", fails=True)
        address = running.sh('echo "$DBT_CLOUD_HOST_URL"').strip()
        output = running.make("down")

    assert f"port {port} is taken by another program" in refused
    assert "export" not in refused
    assert "Traceback" not in refused
    moved = int(address.removeprefix("http://127.0.0.1:").removesuffix("/api"))
    assert moved > port
    assert f"port {port} is taken" not in output
    assert f"moved to port {moved}" in output
    assert "nothing is left" in output
    assert not (running.folder / ".local").exists()


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
        output = process.communicate(timeout=30)[1]

    assert well.exists()
    assert b"KeyboardInterrupt" in output


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
