"""A host that was started by hand serves the commands that PULUMI_DEBUG_LANGUAGES points to it."""

import subprocess
import sys

import pytest

WAIT_SECONDS = 10


@pytest.fixture
def host():
    """A host without an engine, as for a debugger."""
    command = [sys.executable, "-P", "-m", "toolchain.language_host"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        yield process, int(process.stdout.readline())
        process.terminate()
        assert process.wait(WAIT_SECONDS) == 0


def test_one_host_serves_several_commands(project, host):
    process, port = host
    project.write("import pulumi\npulumi.export('number', 1)\n")
    attached = {"PULUMI_DEBUG_LANGUAGES": f"python:{port}"}

    project.pulumi("up", "--yes", "--skip-preview", **attached)
    project.pulumi("preview", "--expect-no-changes", **attached)

    assert process.poll() is None
    assert project.pulumi("stack", "output", "number").strip() == "1"
