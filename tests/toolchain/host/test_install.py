"""`pulumi install` makes the virtualenv and installs what the project asks for."""

from tests.toolchain import wheels


def add_wheel(project):
    return wheels.write(project.folder, "tinything", "1.2", {"tinything.py": ""}).name


def test_install_makes_the_virtualenv_with_the_requirements(make_project):
    fresh = make_project(options="virtualenv: venv")
    (fresh.folder / "requirements.txt").write_text(f"./{add_wheel(fresh)}\n")
    fresh.write("import tinything\n")

    shown = fresh.pulumi("install", PIP_NO_INDEX="1")

    assert "Successfully installed tinything-1.2" in shown
    assert (fresh.folder / "venv" / "bin" / "python").exists()
    # The requirements do not name the SDK, and the program's run says so.
    shown = fresh.refused("preview")
    assert f"the Pulumi SDK cannot be imported by {fresh.folder}/venv/bin/python" in shown


def test_a_failed_install_says_which_step_failed(project):
    (project.folder / "requirements.txt").write_text("./no-such-file.whl\n")

    shown = project.refused("install", PIP_NO_INDEX="1")

    assert "no-such-file.whl" in shown
    assert "failed with exit code 1; its output is above" in shown


def test_install_takes_the_projects_own_package_with_its_pins(project):
    add_wheel(project)
    (project.folder / "constraints.txt").write_text("tinything==0.1\n")
    (project.folder / "pyproject.toml").write_text(
        "[project]\nname = 'own'\nversion = '1'\n"
        "[build-system]\nrequires = ['tinything']\nbuild-backend = 'tinything'\n"
    )

    shown = project.refused("install", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(project.folder))

    folder = project.folder
    assert f"--no-input -c {folder}/constraints.txt -e {folder}" in shown
