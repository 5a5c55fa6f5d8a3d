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
        "import pulumi\n"
        "config = pulumi.Config()\n"
        "pulumi.export('plain', config.require('plain'))\n"
        "pulumi.export('key', config.require_secret('key'))\n"
        "pulumi.export('length', config.require_secret('key').apply(len))\n"
    )

    shown = project.pulumi("up", "--yes")

    assert json.loads(project.pulumi("stack", "output", "--json")) == {
        "plain": "visible",
        "key": "[secret]",
        "length": "[secret]",
    }
    revealed = json.loads(project.pulumi("stack", "output", "--json", "--show-secrets"))
    assert revealed == {"plain": "visible", "key": "hush-hush", "length": 9}
    assert "hush-hush" not in shown
    state = project.pulumi("stack", "export")
    assert "visible" in state
    assert "hush-hush" not in state


def test_a_secret_is_neither_in_the_environment_nor_on_the_command_line(project):
    project.pulumi("config", "set", "--secret", "key", "hush-hush")
    project.write(
        "import pathlib, pulumi\n"
        "assert pulumi.Config().require('key') == 'hush-hush'\n"
        "assert pulumi.runtime.is_config_secret('tiny:key')\n"
        "me = pathlib.Path('/proc/self')\n"
        "seen = me.joinpath('environ').read_bytes() + me.joinpath('cmdline').read_bytes()\n"
        "pulumi.export('seen', b'hush-hush' in seen)\n"
    )

    project.pulumi("up", "--yes", "--skip-preview")

    assert json.loads(project.pulumi("stack", "output", "--json")) == {"seen": False}


def test_a_second_preview_shows_no_change(project):
    project.write("import pulumi\npulumi.export('number', 1)\n")
    project.pulumi("up", "--yes", "--skip-preview")

    project.pulumi("preview", "--expect-no-changes")


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

    project.pulumi("up", "--yes", "--skip-preview")

    folder = str(project.folder)
    assert json.loads(project.pulumi("stack", "output", "--json")) == {
        "facts": ["tiny", "dev", "organization", folder, f"{folder}/infra", "beside"],
        "dry": False,
    }


def test_the_hosts_own_modules_are_not_the_programs(project):
    project.write("NAME = 'the users'\n", "packages.py")
    project.write(
        "import importlib.util, packages, pulumi\n"
        "pulumi.export('packages', packages.NAME)\n"
        "pulumi.export('server', importlib.util.find_spec('server') is None)\n"
    )

    project.pulumi("up", "--yes", "--skip-preview")

    assert json.loads(project.pulumi("stack", "output", "--json")) == {
        "packages": "the users",
        "server": True,
    }


def test_a_module_of_the_project_does_not_hide_the_hosts(project):
    project.write("raise RuntimeError('the wrong grpc')\n", "grpc.py")
    project.write("raise RuntimeError('the wrong toolchain')\n", "toolchain.py")
    project.write("")

    project.pulumi("preview")


def test_what_is_printed_comes_in_order(project):
    project.write("for number in range(200):\n    print(f'line {number}')\n")

    shown = project.pulumi("preview")

    diagnostics = shown.split("Diagnostics:")[1]
    lines = [line.strip() for line in diagnostics.splitlines() if line.strip().startswith("line ")]
    assert lines == [f"line {number}" for number in range(200)]


def test_a_run_error_is_shown_once_and_without_a_traceback(project):
    project.write("import pulumi\nraise pulumi.RunError('set the token first')\n")

    code, shown = project.try_pulumi("preview")

    assert code != 0
    diagnostics = shown.split("Diagnostics:")[1]
    assert diagnostics.count("set the token first") == 1
    assert "error: set the token first" in diagnostics
    assert "Traceback" not in shown
    assert "unhandled" not in shown


def test_a_traceback_begins_with_the_users_code_and_is_shown_once(project):
    project.write("def fail():\n    raise ValueError('no such job')\n", "jobs.py")
    project.write("import jobs\njobs.fail()\n")

    code, shown = project.try_pulumi("preview")

    assert code != 0
    diagnostics = shown.split("Diagnostics:")[1]
    assert diagnostics.count("ValueError: no such job") == 1
    assert diagnostics.count('File "') == 2
    assert f'File "{project.folder}/__main__.py", line 2, in <module>' in diagnostics
    assert f'File "{project.folder}/jobs.py", line 2, in fail' in diagnostics
    assert "unhandled" not in shown


def test_a_syntax_error_is_shown_as_python_shows_it(project):
    project.write("jobs = (\n")

    code, shown = project.try_pulumi("preview")

    assert code != 0
    diagnostics = shown.split("Diagnostics:")[1]
    assert f'File "{project.folder}/__main__.py", line 1' in diagnostics
    assert "SyntaxError: '(' was never closed" in diagnostics
    assert diagnostics.count('File "') == 1


def test_an_error_in_an_apply_fails_the_run_without_the_hosts_frames(project):
    project.write(
        "import pulumi\n"
        "pulumi.export('ratio', pulumi.Output.from_input(0).apply(lambda zero: 1 / zero))\n"
    )

    code, shown = project.try_pulumi("preview")

    assert code != 0
    assert "ZeroDivisionError: division by zero" in shown
    assert "program_runner.py" not in shown


def test_an_exit_code_of_the_programs_own_is_reported(project):
    project.write("import sys\nsys.exit(3)\n")

    code, shown = project.try_pulumi("preview")

    assert code != 0
    assert "the program ended with exit code 3" in shown


def test_a_program_that_is_killed_is_reported(project):
    project.write("import os\nos.kill(os.getpid(), 9)\n")

    code, shown = project.try_pulumi("preview")

    assert code != 0
    assert "the program was ended by SIGKILL" in shown


def test_a_folder_without_a_program_is_named(make_project):
    project = make_project(main="infra/")
    project.write("", "infra/other.py")

    code, shown = project.try_pulumi("preview")

    assert code != 0
    assert f"no __main__.py in {project.folder}/infra" in shown
    assert "Traceback" not in shown


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
    settings = {**names, "parallel": 1, "dry_run": True, "root_directory": str(tmp_path)}
    settings |= {"program": str(tmp_path), "args": [], "config": {}, "config_secret_keys": []}
    read_end, write_end = os.pipe()
    with socket.create_server(("127.0.0.1", 0)) as engine, os.fdopen(write_end, "wb") as pipe:
        engine.settimeout(WAIT_SECONDS)
        address = f"127.0.0.1:{engine.getsockname()[1]}"
        settings |= {"monitor": address, "engine": address}
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
    project.write("")

    code, shown = project.try_pulumi("preview", "--attach-debugger=program")

    assert code != 0
    assert "cannot start a program under a debugger" in shown
