"""What the git hosts say of files that are for them."""

import subprocess
import sys
from pathlib import Path

from toolchain.go_program import GoProgram

SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}


def assert_right(host, *files):
    """The files are what the git host's own schema says."""
    command = Path(sys.executable).with_name("check-jsonschema")
    _assert_ends_well(command, "--builtin-schema", SCHEMAS[host], *files)


def assert_actionlint_finds_nothing(*files, ignored="^$"):
    def works(program):
        try:
            return subprocess.run([program, "-version"], capture_output=True).returncode == 0
        except OSError:
            return False

    actionlint = GoProgram(
        name="actionlint",
        label="actionlint",
        module=Path(__file__).with_name("actionlint"),
        package="github.com/rhysd/actionlint/cmd/actionlint",
        ldflags="-s -w",
        works=works,
        duration="a quarter of a minute",
    ).ensure(print)
    options = ("-no-color", "-shellcheck=", "-pyflakes=", "-ignore", ignored)
    _assert_ends_well(actionlint, *options, *files)


def _assert_ends_well(*command):
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
