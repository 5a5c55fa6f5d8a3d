import itertools
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.toolchain.project import Project, this_virtualenv
from toolchain import home
from toolchain.files import write_script

THING_PROVIDER = Path(__file__).with_name("thing_provider.py")


@pytest.fixture(scope="session")
def private_home(tmp_path_factory):
    """A home with the engine we build and our own language host, whatever is on PATH."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAFOLD_ENGINE", "build")
        made = home.prepare(tmp_path_factory.mktemp("home"), print)
    command = shlex.join([sys.executable, str(THING_PROVIDER)])
    plugin = made.plugins / "resource-thing-v1.0.0" / "pulumi-resource-thing"
    write_script(plugin, f"#!/bin/sh\nexec {command}\n")
    return made


@pytest.fixture(scope="session")
def new_stack(private_home, tmp_path_factory):
    """The folder of a project with a new stack `dev`, and its state: to copy, which is faster."""
    folder, state = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("state")
    Project(folder, private_home, state, this_virtualenv(), None).pulumi("stack", "init", "dev")
    return folder / "Pulumi.dev.yaml", state


@pytest.fixture
def make_project(tmp_path, private_home, new_stack):
    """Make a project with a stack `dev`; its Python is the one that runs the tests."""
    number = itertools.count(1)
    settings, new_state = new_stack

    def make(options=None, main=None):
        name = f"project{next(number)}"
        state = shutil.copytree(new_state, tmp_path / f"{name}-state")
        options = this_virtualenv() if options is None else options
        made = Project(tmp_path / name, private_home, state, options, main)
        shutil.copy(settings, made.folder)
        return made

    return make


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def plugin(tmp_path):
    """The folder of a plugin whose Python is the one that runs the tests."""
    folder = tmp_path / "plugin"
    folder.mkdir()
    settings = f"runtime:\n  name: python\n  options: {{{this_virtualenv()}}}\n"
    (folder / "PulumiPlugin.yaml").write_text(settings)
    return folder


@pytest.fixture
def bin_folder(tmp_path, monkeypatch):
    """A folder that is first on a PATH without Go and Pulumi, and an empty cache."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("DATAFOLD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for name in ("DATAFOLD_ENGINE", "PULUMI_HOME", "GOFLAGS", "GOPROXY", "GOROOT"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def reported():
    """The lines that were reported: pass `reported.append`."""
    return []
