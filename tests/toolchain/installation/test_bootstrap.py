"""The pinned packages are installed by uv, or by pip where that is what the machine is set up for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pip
import pytest

from tests.toolchain import wheels
from toolchain import bootstrap

BACKEND = """\
import shutil

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "thing-1.0-py3-none-any.whl"
    shutil.copy(name, wheel_directory)
    return name
"""
PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project that is built without an index, with a venv that has pip and nothing else."""
    (tmp_path / "toolchain").mkdir()
    shutil.copy(bootstrap.__file__, tmp_path / "toolchain")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "backend.py").write_text(BACKEND)
    wheels.write(tmp_path, "thing", "1.0", {"thing.py": ""})
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=tmp_path, check=True
    )
    [packages] = tmp_path.glob(".venv/lib/python*/site-packages")
    (packages / "pip").symlink_to(Path(pip.__file__).parent)
    for name in ("PIP_NO_INDEX", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return tmp_path


def pin_uv(project, script, shell="/bin/sh"):
    """Let the pinned uv be a shell script."""
    program = {"uv-1.0.data/scripts/uv": f"#!{shell}\n{script}\n"}
    wheel = wheels.write(project, "uv", "1.0", program)
    (project / "constraints.txt").write_text(f"uv @ {wheel.as_uri()}\n")


def install(project):
    command = [sys.executable, "-c", "import bootstrap, sys; sys.exit(bootstrap.install())"]
    ran = subprocess.run(
        command, cwd=project / "toolchain", capture_output=True, text=True, check=False
    )
    installed = {path.name for path in project.glob(".venv/lib/python*/site-packages/thing*")}
    return ran.returncode, ran.stderr, bool(installed)


def test_uv_installs_the_project_with_its_pins(project):
    pin_uv(project, 'echo "$@" > asked; echo Resolved 3 packages')

    assert install(project) == (
        0,
        "  Installing collected packages: uv\n  Resolved 3 packages\n",
        False,
    )
    asked = f"--python {project}/.venv/bin/python --constraint constraints.txt --editable"
    assert (project / "asked").read_text() == f"pip install {asked} .[local,dev,docs,policy]\n"


@pytest.mark.parametrize(
    ("script", "shell", "reason"),
    [
        ("echo it is blocked here >&2; exit 2", "/bin/sh", "it is blocked here\n"),
        ("exit 0", "/nowhere", "[Errno 2]"),
    ],
)
def test_what_uv_cannot_install_pip_does(project, script, shell, reason):
    pin_uv(project, script, shell)

    code, output, installed = install(project)

    assert (code, installed) == (0, True)
    assert f"uv could not install the packages, so pip does:\n{reason}" in output


def test_where_pip_has_an_index_of_its_own_nothing_else_is_asked(project, monkeypatch):
    pin_uv(project, "touch asked")
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    code, output, installed = install(project)

    assert (code, installed) == (0, True)
    assert "uv" not in output
    assert not (project / "asked").exists()


@pytest.mark.parametrize("name", ["PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"])
def test_it_is_this_venv_that_is_filled_whatever_pips_variables_say(project, monkeypatch, name):
    pin_uv(project, "exit 2")
    monkeypatch.setenv(name, str(project / "elsewhere"))

    code, _, installed = install(project)

    assert (code, installed) == (0, True)
    assert not (project / "elsewhere").exists()


def test_if_nothing_installs_the_error_names_the_way_out(project, monkeypatch):
    pin_uv(project, "exit 2")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (project / "pyproject.toml").write_text('[build-system]\nrequires = ["nowhere"]\n')

    code, output, installed = install(project)

    assert (code, installed) == (1, False)
    assert "error: pip could not install the pinned packages:" in output
    assert "No matching distribution found for nowhere" in output
    assert "Check that pip reaches a package index (pip config list)" in output
