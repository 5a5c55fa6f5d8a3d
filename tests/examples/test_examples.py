"""Every example comes up, settles and goes, with the package installed as a user installs it."""

import shlex
import shutil
import sys
from dataclasses import replace

import pytest

from tests.components.packaging import component_folder
from tests.infra.engine import deployment
from tests.infra.engine.deployment import ROOT

EXAMPLES = ROOT / "examples"
PYTHON = ["adoption", "many-projects", "one-project", "single-components"]
ATTACHED = {"adoption", "many-projects", "single-components"}


@pytest.fixture
def deploy(tmp_path, yaml_home, installed_wheel, cloud):
    """Return a function that makes a stack of an example, in a folder where the clone is out of reach."""

    def make(name):
        # What the YAML example's package needs: its folder, and the environment it names.
        component_folder.copy(tmp_path)
        folder = tmp_path / "examples" / name
        made = deployment.make(
            folder, yaml_home, cloud, EXAMPLES / name, installed_wheel.virtualenv
        )
        # Once in Python and once in YAML the program runs as a user's; all are checked against the wheel's types.
        return replace(made, attaches=name in ATTACHED)

    return make


def job_types(stack):
    """The kinds of the jobs on the server, by project and name."""
    projects = {
        project["id"]: project["name"] for project in stack.cloud.control.resources()["project"]
    }
    return {
        f"{projects[job['project_id']]}: {job['name']}": job["job_type"] for job in stack.job_list()
    }


ONE_PROJECT = {
    "Analytics: Production": "scheduled",
    "Analytics: Pull requests": "ci",
    "Analytics: Merge": "merge",
}
EXPECTED = {
    "one-project": ONE_PROJECT,
    "yaml": ONE_PROJECT,
    "many-projects": {
        **ONE_PROJECT,
        "Marketing: Production": "scheduled",
        "Marketing: Pull requests": "ci",
        "Marketing: Datafold artifacts": "scheduled",
    },
    "single-components": {
        "Analytics: Nightly": "scheduled",
        "Analytics: Pull requests": "ci",
        "Analytics: Datafold artifacts": "scheduled",
    },
}


def test_every_example_is_tested():
    tested = {*EXPECTED, "adoption"}
    assert {path.parent.name for path in EXAMPLES.glob("*/Pulumi.yaml")} == tested


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example_comes_up_settles_and_goes(deploy, name):
    stack = deploy(name)

    stack.up()

    assert job_types(stack) == EXPECTED[name]
    [token] = stack.tokens()
    assert token["name"] == "Datafold"
    assert "[secret]" in stack.outputs().values()
    stack.assert_settled()

    stack.pulumi("destroy", "--yes")

    assert stack.job_list() == []
    assert stack.tokens() == []


def test_the_adoption_example_keeps_the_numbers_of_jobs_made_by_hand(deploy):
    stack = deploy("adoption")
    made = stack.run(sys.executable, "hand_made.py").stdout
    for line in made.splitlines():
        stack.run(*shlex.split(line))
    before = {job["name"]: job["id"] for job in stack.job_list()}
    assert len(before) == 3

    previewed = stack.preview()
    stack.up()

    assert "= 3 to import" in previewed.one_line
    assert {job["name"]: job["id"] for job in stack.job_list()} == before
    [deploy_job] = [job for job in stack.job_list() if job["name"] == "Deploy"]
    assert deploy_job["execute_steps"] == ["dbt build"]
    stack.assert_settled()


def test_the_python_examples_are_right_for_the_type_checker(installed_wheel, tmp_path):
    for name in PYTHON:
        # Under names of their own, so that they are checked together: each alone takes as long as all.
        shutil.copy(EXAMPLES / name / "__main__.py", tmp_path / f"{name}.py")

    checked = installed_wheel.check_types(
        tmp_path, *(f"{name}.py" for name in PYTHON), kept="examples"
    )

    assert f"Success: no issues found in {len(PYTHON)} source files" in checked, checked


@pytest.mark.parametrize("name", PYTHON)
def test_a_python_example_installs_this_repository(name):
    """`pulumi install` runs pip in the example's folder."""
    [line] = [
        line
        for line in (EXAMPLES / name / "requirements.txt").read_text().splitlines()
        if not line.startswith("#")
    ]

    assert (EXAMPLES / name / line / "pyproject.toml").samefile(ROOT / "pyproject.toml")
