"""The language host as a process: it starts, cleans up after each call, and ends with the engine."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from importlib import metadata
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from tests.toolchain import processes
from toolchain.files import write_script

NO_ENGINE = "127.0.0.1:1"
WAITS = (
    "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(600)\n"
)
STUBBORN = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"


class Host:
    """A host that was started as the engine does, without an engine."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "toolchain.language_host", *arguments, NO_ENGINE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.first_line = self.process.stdout.readline()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(self.first_line)}")
        self.runtime = language_pb2_grpc.LanguageRuntimeStub(self._channel)

    def close(self):
        self._channel.close()
        # Not kill: then nobody would end what the host started.
        self.process.terminate()
        self.process.wait(10)
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def host():
    with closing(Host()) as started:
        yield started


def info(folder, virtualenv=sys.prefix):
    found = language_pb2.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point="."
    )
    found.options.update({"virtualenv": virtualenv})
    return found


@pytest.fixture
def waiting(tmp_path):
    """A folder whose program writes its process number and then waits."""
    (tmp_path / "__main__.py").write_text(WAITS)
    return tmp_path


def run(host, folder):
    """Run a program in a Python that only waits: a real one would look for the engine."""
    write_script(folder / "venv" / "bin" / "python", "#!/bin/sh\necho $$ > pid\nexec sleep 600\n")
    request = language_pb2.RunRequest(
        project="tiny", stack="dev", pwd=str(folder), parallel=1, info=info(folder, "venv")
    )
    return host.runtime.Run.future(request)


def install(host, folder):
    write_script(folder / "venv" / "bin" / "python", "#!/bin/sh\necho $$ > pid\nexec sleep 600\n")
    (folder / "requirements.txt").touch()
    return host.runtime.InstallDependencies(
        language_pb2.InstallDependenciesRequest(info=info(folder, "venv"))
    )


def plugin(host, folder, kind="resource"):
    # PYTHONHOME is another Python's; a virtualenv does not start with it.
    variables = {**os.environ, "PYTHONHOME": "/nowhere"}
    environment = [f"{name}={value}" for name, value in variables.items()]
    return host.runtime.RunPlugin(
        language_pb2.RunPluginRequest(
            pwd=str(folder), kind=kind, args=[NO_ENGINE], env=environment, info=info(folder)
        )
    )


def pid_of(folder):
    file = Path(folder, "pid")
    processes.wait_until(lambda: file.exists() and file.read_text())
    return int(file.read_text())


def test_the_first_line_is_the_port_whatever_the_arguments():
    with closing(Host("--logtostderr", "-v=9", "--tracing", "file:/dev/null")) as started:
        answer = started.runtime.GetPluginInfo(empty_pb2.Empty())

    assert started.first_line.strip().isdigit()
    assert answer.version == metadata.version("pulumi")


@pytest.mark.parametrize("call", [run, plugin, install])
def test_a_cancelled_call_ends_its_process_and_not_the_host(host, waiting, call):
    started = call(host, waiting)
    pid = pid_of(waiting)

    started.cancel()

    processes.wait_until(lambda: not processes.alive([pid]))
    assert host.runtime.GetPluginInfo(empty_pb2.Empty()).version


def test_a_cancelled_policy_pack_ends(host, waiting):
    started = plugin(host, waiting, kind="analyzer")
    port = int(next(started).stdout)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        asked = channel.unary_unary("/pulumirpc.Analyzer/GetAnalyzerInfo").future(b"")
        pid = pid_of(waiting)

        started.cancel()

        processes.wait_until(lambda: not processes.alive([pid]))
        assert asked.exception().code() == grpc.StatusCode.UNAVAILABLE


def end_of_input(host):
    host.process.stdin.close()


def cancel(host):
    host.runtime.Cancel(empty_pb2.Empty())


def interrupt(host):
    host.process.send_signal(signal.SIGINT)


def terminate(host):
    host.process.terminate()


@pytest.mark.parametrize(
    ("call", "end"),
    [
        *((plugin, end) for end in (end_of_input, cancel, interrupt, terminate)),
        *((call, terminate) for call in (run, install)),
    ],
)
def test_the_host_ends_quietly_with_all_that_it_started(host, waiting, call, end):
    started = call(host, waiting)
    pid = pid_of(waiting)

    end(host)

    assert host.process.wait(timeout=10) == 0
    assert host.process.stdout.read() == b""
    processes.wait_until(lambda: not processes.alive([pid]))
    del started


def test_the_host_ends_a_process_that_ignores_the_interrupt_by_force_and_not_before_it(
    host, waiting
):
    (waiting / "__main__.py").write_text(STUBBORN + WAITS)
    started = plugin(host, waiting)
    pid = pid_of(waiting)

    interrupt(host)

    assert host.process.wait(timeout=10) == 0
    assert not processes.alive([pid])
    del started


def test_a_plugin_gets_its_arguments_environment_and_folder(host, tmp_path):
    (tmp_path / "__main__.py").write_text(
        "import json, os, sys\n"
        "print(json.dumps([sys.argv[1:], os.getcwd(), os.environ['VIRTUAL_ENV']]))\n"
        "print('to stderr', file=sys.stderr)\n"
        "sys.exit(7)\n"
    )

    messages = list(plugin(host, tmp_path))

    output = b"".join(message.stdout for message in messages)
    assert json.loads(output) == [[NO_ENGINE], str(tmp_path), sys.prefix]
    assert b"".join(message.stderr for message in messages) == b"to stderr\n"
    assert messages[-1].WhichOneof("output") == "exitcode"
    assert messages[-1].exitcode == 7
