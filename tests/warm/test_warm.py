"""A fork of the warm Python is to its starter what a Python of its own would be."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm
from tests.toolchain import processes

WAIT_SECONDS = 10


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    with warm.python(tmp_path_factory.mktemp("warm"), Path(sys.executable), ["json"]) as program:
        yield program


@pytest.mark.parametrize(("loud", "printed"), [({}, ""), ({warm.LOUD: "true"}, "told\n")])
def test_programs_tell_the_engine_their_debug_messages_only_if_asked(
    warm_python, tmp_path, loud, printed
):
    (tmp_path / "tells.py").write_text(
        "from pulumi import log\n"
        "log.get_engine = lambda: 'an engine'\n"
        "log._log = lambda engine, level, message, *_: print(message)\n"
        "log.debug('told')\n"
    )

    ran = subprocess.run(
        [warm_python, tmp_path / "tells.py"], env=loud, capture_output=True, text=True
    )

    assert ran.stdout + ran.stderr == printed


@pytest.fixture
def waiting(python, tmp_path):
    """A program that has begun, and waits; the value is its process and the number of the fork."""
    (tmp_path / "waits.py").write_text(
        "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    )
    command = [python, tmp_path / "waits.py"]
    # As for what a shell starts in the background.
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    finally:
        signal.signal(signal.SIGINT, usual)
    with started as process:
        yield process, int(process.stdout.readline())
        process.kill()


def test_arguments_environment_streams_and_exit_code_are_the_programs_own(python, tmp_path):
    (tmp_path / "told.py").write_text(
        "import os, sys\n"
        "print(sys.argv[1], os.environ['WORD'], os.getcwd(), sys.stdin.read())\n"
        "print('json' in sys.modules, file=sys.stderr)\n"
        "sys.exit(3)\n"
    )

    ran = subprocess.run(
        [python, "-u", "told.py", "first"],
        cwd=tmp_path,
        env={"WORD": "second"},
        input="third",
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout == f"first second {tmp_path} third\n"
    assert ran.stderr == "True\n"
    assert ran.returncode == 3


def test_an_interrupt_reaches_the_fork(waiting):
    process, fork = waiting

    process.send_signal(signal.SIGINT)

    assert process.wait(WAIT_SECONDS) == -signal.SIGINT
    processes.wait_until(lambda: not processes.alive([fork]))


def test_a_killed_fork_is_a_killed_program(waiting):
    process, fork = waiting

    os.kill(fork, signal.SIGKILL)

    assert process.wait(WAIT_SECONDS) == -signal.SIGKILL


def test_a_fork_that_crashes_is_a_crashed_program(waiting):
    process, fork = waiting

    os.kill(fork, signal.SIGABRT)

    assert process.wait(WAIT_SECONDS) == -signal.SIGABRT


def test_a_signal_right_behind_the_order_is_not_part_of_it(python, tmp_path):
    (tmp_path / "told.py").write_text("import os, time; print(os.environ['LAST']); time.sleep(60)")
    address = python.with_name("python.warm").read_text().splitlines()[0]
    read, write = os.pipe()
    order = f"{tmp_path}\x000,1,2\x001\x00told.py\x00LAST=word".encode()
    with socket.socket(socket.AF_UNIX) as client, open(read) as said:
        client.connect(address)
        socket.send_fds(client, [len(order).to_bytes(4, "big")], [0, write, 2])
        os.close(write)
        client.sendall(order + bytes([signal.SIGTERM]))
        status = int(client.recv(16))
        printed = said.read()

    assert os.WTERMSIG(status) == signal.SIGTERM
    assert printed in ("", "word\n")


def test_the_fork_of_a_killed_starter_ends(waiting):
    process, fork = waiting

    process.kill()

    processes.wait_until(lambda: not processes.alive([fork]))


def test_who_goes_away_while_asking_hurts_nobody(python, tmp_path):
    address = python.with_name("python.warm").read_text().splitlines()[0]
    for sent in (b"", (500).to_bytes(4, "big") + b"not all"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(address)
            client.sendall(sent)
    (tmp_path / "works.py").write_text("print('works')")

    assert subprocess.check_output([python, tmp_path / "works.py"]) == b"works\n"
