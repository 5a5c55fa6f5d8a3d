"""The server as a process of its own: `localcloud serve | start | stop | status`."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys

import httpx
import pytest

from localcloud import process
from localcloud.testing import TOKEN
from tests.localcloud import command
from tests.localcloud.contract.client import AUTH, JOB


@pytest.fixture
def start(data):
    """Return a function that starts the server."""

    def begin():
        result = command.run("start", "--data", data, "--port", 0)
        assert result.returncode == 0, result.stderr
        match = re.search(r"(http://127\.0\.0\.1:\d+/api) \(process (\d+)\)", result.stdout)
        return match[1], int(match[2]), result

    return begin


def test_start_returns_when_requests_are_answered_and_again_finds_the_same(start):
    url, pid, _ = start()
    answer = httpx.get(f"{url}/v2/accounts/", headers=AUTH)
    again_url, again_pid, again = start()

    assert answer.json()["data"][0]["name"] == "Local"
    assert (again_url, again_pid) == (url, pid)
    assert "runs already" in again.stdout


def test_status_shows_the_url_the_process_and_the_counts(data, start):
    stopped = command.run("status", "--data", data)
    url, pid, _ = start()

    running = command.run("status", "--data", data)

    assert (stopped.returncode, running.returncode) == (1, 0)
    assert "no local dbt Cloud runs" in stopped.stdout
    assert f"url      {url}\nprocess  {pid}\n" in running.stdout
    assert re.search(r"^project +2$", running.stdout, re.M)


def test_stop_ends_the_process_and_keeps_the_data(data, start):
    url, pid, _ = start()
    httpx.post(f"{url}/v2/accounts/1/jobs/", json=JOB, headers=AUTH).raise_for_status()

    stopped = command.run("stop", "--data", data)
    again = command.run("stop", "--data", data)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/v2/accounts/")
    url, _, _ = start()

    assert stopped.stdout == f"local dbt Cloud stopped (process {pid})\n"
    assert again.returncode == 0
    assert again.stdout == f"no local dbt Cloud runs on {data}: there is nothing to stop\n"
    jobs = httpx.get(f"{url}/v2/accounts/1/jobs/", headers=AUTH).json()["data"]
    assert [job["name"] for job in jobs] == ["Production"]


def test_a_killed_server_is_not_taken_for_a_running_one(data, start):
    _, pid, _ = start()
    os.kill(pid, signal.SIGKILL)

    record = json.loads((data / "server.json").read_text())
    _, new_pid, again = start()

    assert record["pid"] == pid
    assert new_pid != pid
    assert "started" in again.stdout


def test_a_server_that_begins_is_not_taken_for_the_one_that_died(data):
    data.mkdir()
    (data / "server.json").write_text('{"pid": 1, "port": 1, "origin": "http://127.0.0.1:1"}')

    with process.holding(data):
        found = process.find(data)

    assert found is None


def test_a_record_of_another_program_is_never_stopped(data):
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    data.mkdir()
    record = {"pid": bystander.pid, "port": 1, "origin": "http://127.0.0.1:1"}
    (data / "server.json").write_text(json.dumps(record))

    result = command.run("stop", "--data", data)

    assert "no local dbt Cloud runs" in result.stdout
    assert bystander.poll() is None
    bystander.communicate(b"\n", timeout=10)


def test_a_port_of_another_program_is_named_with_the_way_out(data):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        result = command.run("start", "--data", data, "--port", port)

    assert result.returncode == 1
    assert result.stderr == (
        f"Error: port {port} is taken by another program: stop that program, or choose another "
        "port with --port, of make with PORT= (0 takes any free one)\n"
    )


def test_a_wrong_seed_is_reported_by_start_itself(data, tmp_path):
    (tmp_path / "seed.yaml").write_text("accounts: []")
    for seed, code, problem in (
        ("seed.yaml", 1, f"Error: {tmp_path}/seed.yaml: 1 problem\n  accounts\n    problem: List"),
        ("nope.yaml", 2, "nope.yaml' does not exist"),
    ):
        result = command.run("start", "--data", data, "--port", 0, "--seed", tmp_path / seed)

        assert result.returncode == code
        assert problem in result.stderr


def test_an_address_that_others_can_reach_is_refused(data):
    for host in ("0.0.0.0", "192.168.1.1", "example.com"):
        result = command.run("serve", "--data", data, "--port", 0, "--host", host)

        assert result.returncode == 1
        assert f"{host} is not an address of this machine's loopback" in result.stderr


def test_two_servers_never_share_a_data_directory(data, start):
    start()

    result = command.run("serve", "--data", data, "--port", 0)

    assert result.returncode == 1
    assert f"another server uses {data}" in result.stderr


def test_data_of_a_newer_version_are_left_alone(data, start):
    start()
    command.run("stop", "--data", data)
    with sqlite3.connect(data / "cloud.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    result = command.run("start", "--data", data, "--port", 0)

    assert result.returncode == 1
    assert "the data has schema version 99" in result.stderr


def test_the_log_has_requests_but_no_secret(data, start):
    url, _, _ = start()
    with httpx.Client(base_url=f"{url}/v3/accounts/1/", headers=AUTH) as client:
        token = client.post("service-tokens/", json={"name": "t", "state": 1}).json()["data"]
        client.post("nothing/", json={"password": "hunter2"})
    command.run("stop", "--data", data)

    log = (data / "server.log").read_text()

    assert '"POST /api/v3/accounts/1/service-tokens/ HTTP/1.1" 201' in log
    for secret in (TOKEN, token["token_string"], "hunter2"):
        assert secret not in log


def test_the_log_has_the_time_of_a_clock_that_was_set(data, start):
    url, _, _ = start()
    clock = f"{url.removesuffix('/api')}/__localcloud__/clock"
    httpx.post(clock, json={"now": "2031-05-05T02:00:00+00:00", "frozen": True}).raise_for_status()
    httpx.get(f"{url}/v2/accounts/", headers=AUTH)
    command.run("stop", "--data", data)

    lines = (data / "server.log").read_text().splitlines()

    [line] = [line for line in lines if "GET /api/v2/accounts/" in line]
    assert line.startswith("2031-05-05 02:00:00.000000+00:00 INFO ")
