"""The language host runs a program as the engine and the user expect."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.toolchain import processes
from toolchain.language_host import program_runner

WAIT_SECONDS = 30


def test_outputs_and_secrets_arrive_and_secrets_stay_secret(project):
    project.pulumi("config", "set", "plain", "visible")
    project.pulumi("config", "set", "--secret", "key", "hush-hush")
    project.write(
        "import pathlib, pulumi\n"
        "config = pulumi.Config()\n"
        "pulumi.export('plain', config.require('plain'))\n"
        "pulumi.export('key', config.require_secret('key'))\n"
        "pulumi.export('length', config.require_secret('key').apply(len))\n"
        "me = pathlib.Path('/proc/self')\n"
        "seen = me.joinpath('environ').read_bytes() + me.joinpath('cmdline').read_bytes()\n"
        "pulumi.export('seen', b'hush-hush' in seen)\n"
    )

    shown = project.pulumi("up", "--yes")

    project.pulumi("preview", "--expect-no-changes")
    outputs = json.loads(project.pulumi("stack", "output", "--json"))
    assert outputs == {"plain": "visible", "key": "[secret]", "length": "[secret]", "seen": False}
    revealed = json.loads(project.pulumi("stack", "output", "--json", "--show-secrets"))
    assert revealed == {"plain": "visible", "key": "hush-hush", "length": 9, "seen": False}
    state = project.pulumi("stack", "export")
    assert "visible" in state
    assert "hush-hush" not in shown + state


def test_the_program_knows_its_stack_and_runs_in_the_folder_that_main_names(make_project):
    project = make_project(main="infra/")
    project.write("WORD = 'beside'\n", "infra/beside.py")
    project.write(
        "import os, sys, pulumi, beside\n"
        "pulumi.export('facts', [pulumi.get_project(), pulumi.get_stack(),\n"
        "    pulumi.get_organization(), pulumi.get_root_directory(), os.getcwd(), beside.WORD])\n"
        "pulumi.export('dry', pulumi.runtime.is_dry_run())\n",
        "infra/__main__.py",
    )

    outputs = project.outputs()

    folder = str(project.folder)
    assert outputs == {
        "facts": ["tiny", "dev", "organization", folder, f"{folder}/infra", "beside"],
        "dry": False,
    }


def test_modules_of_the_host_and_of_the_project_do_not_hide_each_other(project):
    project.write("NAME = 'the users'\n", "packages.py")
    project.write("raise RuntimeError('the wrong grpc')\n", "grpc.py")
    project.write("raise RuntimeError('the wrong toolchain')\n", "toolchain.py")
    project.write(
        "import importlib.util, packages, pulumi\n"
        "pulumi.export('packages', packages.NAME)\n"
        "pulumi.export('server', importlib.util.find_spec('server') is None)\n"
    )

    assert project.outputs() == {"packages": "the users", "server": True}


def test_what_is_printed_comes_in_order(project):
    project.write("for number in range(200):\n    print(f'line {number}')\n")

    shown = project.pulumi("preview")

    diagnostics = shown.split("Diagnostics:")[1]
    lines = [line.strip() for line in diagnostics.splitlines() if line.strip().startswith("line ")]
    assert lines == [f"line {number}" for number in range(200)]


FAILURES = {
    "run error": (
        {"__main__.py": "import pulumi\nraise pulumi.RunError('set the token first')\n"},
        ["error: set the token first"],
    ),
    "traceback": (
        {
            "jobs.py": "def fail():\n    raise ValueError('no such job')\n",
            "__main__.py": "import jobs\njobs.fail()\n",
        },
        [
            "ValueError: no such job",
            'File "{}/__main__.py", line 2, in <module>',
            'File "{}/jobs.py", line 2, in fail',
        ],
    ),
    "syntax": (
        {"__main__.py": "jobs = (\n"},
        ['File "{}/__main__.py", line 1', "SyntaxError: '(' was never closed"],
    ),
    "exit": (
        {"__main__.py": "import sys\nsys.exit(3)\n"},
        ["the program ended with exit code 3"],
    ),
    "killed": (
        {"__main__.py": "import os\nos.kill(os.getpid(), 9)\n"},
        ["the program was ended by SIGKILL"],
    ),
    "nothing": ({}, ["no __main__.py in {}"]),
}
"""Programs that fail, with what is shown of that, each once, and no other line of a file."""


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_is_shown_once_beginning_with_the_users_code(project, failure):
    files, texts = FAILURES[failure]
    (project.folder / "__main__.py").unlink()
    for path, text in files.items():
        project.write(text, path)

    code, shown = project.try_pulumi("preview")

    diagnostics = shown.split("Diagnostics:")[1]
    assert code != 0
    for text in texts:
        assert diagnostics.count(text.format(project.folder)) == 1
    assert diagnostics.count('File "') == sum(text.startswith("File") for text in texts)
    assert ("unhandled" in shown) == (failure in ("exit", "killed"))


def test_an_error_in_an_apply_fails_the_run_without_the_hosts_frames(project):
    project.write(
        "import pulumi\n"
        "pulumi.export('ratio', pulumi.Output.from_input(0).apply(lambda zero: 1 / zero))\n"
    )

    code, shown = project.try_pulumi("preview")

    assert code != 0
    assert "ZeroDivisionError: division by zero" in shown
    assert "program_runner.py" not in shown


def test_a_program_may_block_in_many_threads_at_once(project):
    project.write(
        "import asyncio, threading, pulumi\n"
        "barrier = threading.Barrier(30, timeout=30)\n"
        "async def meet():\n"
        "    await asyncio.to_thread(barrier.wait)\n"
        "    return 'met'\n"
        "for number in range(30):\n"
        "    pulumi.export(str(number), pulumi.Output.from_input(meet()))\n"
    )

    project.pulumi("preview", "--parallel", "8")


def test_a_failed_resource_ends_the_program_quietly(project):
    project.write(
        "import pulumi\n"
        "class Box(pulumi.CustomResource):\n"
        "    def __init__(self, name):\n"
        "        options = pulumi.ResourceOptions(version='1.0.0')\n"
        "        super().__init__('thing:index/box:Box', name, {'label': name}, options)\n"
        "pulumi.export('id', Box('bad').id.apply(lambda made: made + '!'))\n"
    )

    code, shown = project.try_pulumi("up", "--yes", "--skip-preview")

    assert code != 0
    assert "the box cannot be made" in shown
    assert "Traceback" not in shown
    assert "unhandled" not in shown


def test_an_interrupt_ends_the_program_quietly(project):
    engine = preview_of_a_program_that_waits(project)
    others = processes.children_of(engine.pid)

    engine.send_signal(signal.SIGINT)
    shown, _ = engine.communicate(timeout=WAIT_SECONDS)

    assert engine.returncode != 0
    assert "preview canceled" in shown
    assert "Traceback" not in shown
    assert "KeyboardInterrupt" not in shown
    assert "Warning" not in shown
    processes.wait_until(lambda: not processes.alive(others))


def test_an_interrupted_program_does_not_wait_for_calls_that_nobody_answers(tmp_path):
    names = {"project": "tiny", "stack": "dev", "organization": "organization"}
    sdk = {**names, "parallel": 1, "dry_run": True, "root_directory": str(tmp_path)}
    settings = {"program": str(tmp_path), "args": [], "config": {}, "config_secret_keys": []}
    read_end, write_end = os.pipe()
    with socket.create_server(("127.0.0.1", 0)) as engine, os.fdopen(write_end, "wb") as pipe:
        engine.settimeout(WAIT_SECONDS)
        address = f"127.0.0.1:{engine.getsockname()[1]}"
        settings["settings"] = {**sdk, "monitor": address, "engine": address}
        program = subprocess.Popen(
            [sys.executable, "-u", program_runner.__file__, str(read_end)], pass_fds=[read_end]
        )
        try:
            os.close(read_end)
            pipe.write(json.dumps(settings).encode() + b"\n")
            pipe.flush()
            calls, _ = engine.accept()

            program.send_signal(signal.SIGINT)

            assert program.wait(WAIT_SECONDS) == program_runner.ERROR_SHOWN
            calls.close()
        finally:
            program.kill()
            program.wait()


@pytest.mark.parametrize("victims", ["engine", "host", "engine and host"])
def test_nothing_is_left_running_when_the_engine_or_the_host_is_killed(project, victims):
    engine = preview_of_a_program_that_waits(project)
    others = processes.children_of(engine.pid)
    commands = {pid: processes.command_of(pid) for pid in others}
    [host] = [pid for pid, command in commands.items() if "toolchain.language_host" in command]
    assert any("program_runner.py" in command for command in commands.values())

    for name, pid in (("engine", engine.pid), ("host", host)):
        if name in victims:
            os.kill(pid, signal.SIGKILL)

    engine.communicate(timeout=WAIT_SECONDS)
    processes.wait_until(lambda: not processes.alive(others))


def preview_of_a_program_that_waits(project):
    mark = project.folder / "started"
    project.write(f"import pathlib, time\npathlib.Path({str(mark)!r}).touch()\ntime.sleep(600)\n")
    engine = project.start("preview")
    processes.wait_until(mark.exists)
    return engine


def test_a_debugger_is_refused(project):
    shown = project.refused("preview", "--attach-debugger=program")

    assert "cannot start a program under a debugger" in shown
