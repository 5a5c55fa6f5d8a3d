import itertools
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tests.toolchain.host.project import VIRTUALENV, Project
from toolchain.files import write_script

THING_PROVIDER = Path(__file__).with_name("thing_provider.py")


@pytest.fixture(scope="session")
def host_home(private_home):
    """The private home, with the plugin of the package `thing` beside the fake dbtcloud provider."""
    command = shlex.join([sys.executable, str(THING_PROVIDER)])
    plugin = private_home.plugins / "resource-thing-v1.0.0" / "pulumi-resource-thing"
    write_script(plugin, f"#!/bin/sh\nexec {command}\n")
    return private_home


@pytest.fixture(scope="session")
def new_stack(host_home, tmp_path_factory):
    """Settings and state of a new stack `dev`, to copy: faster than `pulumi stack init`."""
    folder, state = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("state")
    Project(folder, host_home, state, VIRTUALENV, None).pulumi("stack", "init", "dev")
    return folder / "Pulumi.dev.yaml", state


@pytest.fixture
def make_project(tmp_path, host_home, new_stack):
    """Make a project with a stack `dev`; its Python is the one that runs the tests."""
    number = itertools.count(1)
    settings, new_state = new_stack

    def make(options=VIRTUALENV, main=None):
        name = f"project{next(number)}"
        state = shutil.copytree(new_state, tmp_path / f"{name}-state")
        made = Project(tmp_path / name, host_home, state, options, main)
        shutil.copy(settings, made.folder)
        return made

    return make


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def plugin(tmp_path):
    """The folder of a plugin; its Python is the one that runs the tests."""
    folder = tmp_path / "plugin"
    folder.mkdir()
    settings = f"runtime:\n  name: python\n  options: {{{VIRTUALENV}}}\n"
    (folder / "PulumiPlugin.yaml").write_text(settings)
    return folder
