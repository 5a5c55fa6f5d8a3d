import itertools
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests import warm
from tests.toolchain.project import Project, this_virtualenv
from toolchain import home
from toolchain.files import write_script

THING_PROVIDER = Path(__file__).with_name("thing_provider.py")


def make_home(folder):
    """A home with the engine we build and our own language host, whatever is on PATH."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAFOLD_ENGINE", "build")
        made = home.prepare(folder, print)
    command = shlex.join([sys.executable, str(THING_PROVIDER)])
    plugin = made.plugins / "resource-thing-v1.0.0" / "pulumi-resource-thing"
    write_script(plugin, f"#!/bin/sh\nexec {command}\n")
    return made


@pytest.fixture(scope="session")
def private_home(tmp_path_factory):
    """A home with our own engine and host."""
    return make_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def warm_home(tmp_path_factory, warm_python):
    """The same with a warm Python, for tests of what is said and done, not of processes."""
    made = make_home(tmp_path_factory.mktemp("warm-home"))
    warm.use(warm_python, made)
    return made


@pytest.fixture(scope="session")
def new_stack(warm_home, tmp_path_factory):
    """The folder of a project with a new stack `dev`, and its state: to copy, which is faster."""
    folder, state = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("state")
    Project(folder, warm_home, state, this_virtualenv(), None).pulumi("stack", "init", "dev")
    return folder / "Pulumi.dev.yaml", state


@pytest.fixture
def make_project(tmp_path, warm_home, new_stack):
    """Make a project with a stack `dev`; its Python is the one that runs the tests."""
    number = itertools.count(1)
    settings, new_state = new_stack

    def make(options=None, main=None, pulumi_home=warm_home):
        name = f"project{next(number)}"
        state = shutil.copytree(new_state, tmp_path / f"{name}-state")
        options = this_virtualenv() if options is None else options
        made = Project(tmp_path / name, pulumi_home, state, options, main)
        shutil.copy(settings, made.folder)
        return made

    return make


@pytest.fixture
def real_project(make_project, private_home):
    """A project whose host and program are processes as users have them."""
    return make_project(pulumi_home=private_home)


@pytest.fixture
def make_warm_project(make_project, warm_home):
    """Make a project with a warm Python."""

    def make(main=None):
        return make_project(warm.option(warm_home), main)

    return make


@pytest.fixture
def project(make_warm_project):
    return make_warm_project()


@pytest.fixture
def plugin(tmp_path, warm_home):
    """The folder of a plugin with a warm Python."""
    folder = tmp_path / "plugin"
    folder.mkdir()
    settings = f"runtime:\n  name: python\n  options: {{{warm.option(warm_home)}}}\n"
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
