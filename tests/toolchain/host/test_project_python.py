"""Which Python runs a project: `runtime.options` of Pulumi.yaml, followed or refused."""

import sys

import pytest


def test_a_missing_virtualenv_is_named_with_the_way_out(make_project):
    project = make_project(options="virtualenv: .venv")
    shown = project.refused("preview")

    assert f"Pulumi.yaml names {project.folder}/.venv" in shown
    assert "pulumi install" in shown


def test_a_virtualenv_is_relative_to_pulumi_yaml_even_with_main(make_project):
    project = make_project(options="virtualenv: .venv", main="infra/")
    (project.folder / ".venv").symlink_to(sys.prefix)
    project.write("import sys, pulumi\npulumi.export('prefix', sys.prefix)\n", "infra/__main__.py")

    assert project.outputs() == {"prefix": f"{project.folder}/.venv"}


def test_without_a_virtualenv_the_python_on_path_is_used(make_project):
    project = make_project(options="")
    project.write("import pulumi\npulumi.export('here', True)\n")

    project.pulumi("preview", PULUMI_PYTHON_CMD=sys.executable)

    shown = project.refused("preview", PULUMI_PYTHON_CMD="no-such-python")
    assert "none of no-such-python is on PATH" in shown


def test_every_option_that_cannot_be_followed_is_refused_at_once(make_project):
    project = make_project(options="virtualenvs: x, toolchain: poetry, typechecker: pylint")
    project.write("raise SystemExit('it ran')\n")

    shown = project.refused("preview")

    assert f"{project.folder}/Pulumi.yaml: 3 problems" in shown
    assert "runtime.options.virtualenvs" in shown
    assert "'poetry' is not supported" in shown
    assert "'pylint' is not a type checker" in shown
    assert "it ran" not in shown


@pytest.mark.parametrize(
    ("lock", "shown"),
    [("uv.lock", "/.venv/bin/python"), ("poetry.lock", "'poetry' is not supported")],
)
def test_a_lock_file_says_what_installs_the_project(make_project, lock, shown):
    project = make_project(options="")
    (project.folder / lock).touch()
    assert shown in project.refused("preview")


@pytest.mark.parametrize(("text", "accepted"), [("a: int = 1\n", True), ("a: int = ''\n", False)])
def test_the_typechecker_runs_before_the_program(make_project, text, accepted):
    project = make_project(options=f"virtualenv: {sys.prefix!r}, typechecker: mypy")
    project.write("print('it ran')\n" + text)

    code, shown = project.try_pulumi("preview")

    assert (code == 0) is accepted
    assert ("it ran" in shown) is accepted
    assert ("mypy does not accept the program" in shown) is not accepted
    assert ("Incompatible types in assignment" in shown) is not accepted
