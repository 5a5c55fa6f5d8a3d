"""`pip install` of the built wheel into somebody else's Pulumi project."""

import re
import subprocess
import zipfile

from tests.infra.engine import deployment

PROGRAM = '''\
"""Somebody's stack."""

import pulumi
import pulumi_dbtcloud_datafold as datafold

TEST_ENVIRONMENT = 102


def declare() -> pulumi.Output[int]:
    """Declare the jobs of one project."""
    args: datafold.DatafoldIntegrationArgs = {
        "project_id": 10,
        "production_environment_id": pulumi.Output.from_input(101),
        "pull_request_environment_id": TEST_ENVIRONMENT,
        "production_job": {"schedule": {"cron": "0 4 * * 1-5"}},
        "merge_job": {},
    }
    integration = datafold.DatafoldIntegration("analytics", args)
    token = datafold.MemberServiceToken("datafold", {"project_ids": [10]})
    pulumi.export("token", token.token_string)
    return integration.artifacts_job_id


pulumi.export("artifacts_job_id", declare())
'''

PIPELINE_PROGRAM = '''\
"""A merge job that a pipeline starts, with file and secret in the repository: as in docs/pipeline.md."""

import pulumi_dbtcloud_datafold as datafold

merge = datafold.MergeJob(
    "analytics",
    {"project_id": 10, "environment_id": 101, "trigger": "pipeline", "pipeline": {"branch": "main"}},
)
token = datafold.PipelineToken("analytics", {"project_id": 10})
datafold.GitHubPipelineFile(
    "analytics", {"repository": "analytics", "pipeline": merge.pipeline, "token": token.token_string}
)
datafold.GitLabPipelineFile(
    "analytics", {"project": "data/a", "pipeline": merge.pipeline, "token": token.token_string}
)
'''


def test_the_wheel_holds_the_package_and_the_local_dbt_cloud_and_nothing_else(installed_wheel):
    with zipfile.ZipFile(installed_wheel.wheel) as wheel:
        names = wheel.namelist()

    assert "pulumi_dbtcloud_datafold/py.typed" in names
    folders = {name.partition("/")[0].partition("-")[0] for name in names}
    assert folders == {"pulumi_dbtcloud_datafold", "localcloud"}
    assert [name for name in names if "__pycache__" in name] == []


def test_the_local_dbt_cloud_runs_from_the_wheel(installed_wheel, tmp_path):
    command, data = installed_wheel.virtualenv / "bin" / "localcloud", ("--data", tmp_path)

    started = installed_wheel.run(command, "start", "--port", "0", *data)
    shown = installed_wheel.run(command, "status", *data)
    stopped = installed_wheel.run(command, "stop", *data)

    assert "local dbt Cloud started: http://127.0.0.1:" in started
    assert re.search(r"^environment +6$", shown, re.M), "the seed is in the wheel"
    assert "local dbt Cloud stopped" in stopped


def test_the_local_dbt_cloud_says_which_extra_it_needs(installed_wheel, tmp_path):
    # Without the packages that the fixture lends: those of the wheel alone.
    command = [installed_wheel.python, "-S", "-c", "import localcloud; localcloud.main()"]
    [packages] = installed_wheel.virtualenv.glob("lib/python*/site-packages")

    ended = subprocess.run(
        command,
        env={"PYTHONPATH": str(packages)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert "pip install 'pulumi-dbtcloud-datafold[local]'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_package_is_imported_from_the_wheel_and_the_clone_is_out_of_reach(installed_wheel):
    where = installed_wheel.run(
        "-c",
        "import importlib.util as find, pulumi_dbtcloud_datafold as package; print(package.__file__);"
        "print([name for name in ('infra', 'toolchain', 'tests') if find.find_spec(name)])",
    )

    assert where.startswith(str(installed_wheel.virtualenv))
    assert where.endswith("\n[]\n")


WRONG = {
    "input_type": ('"project_id": 10', '"project_id": "ten"', 'item "project_id" has type'),
    "input_name": ('"merge_job": {}', '"merge_jobs": {}', 'Extra key "merge_jobs"'),
    "output_type": ("Output[int]", "Output[str]", 'expected "Output[str]"'),
}
"""What is changed in the program, and what the type checker says of it."""


def test_programs_are_checked_against_the_packages_types(installed_wheel, tmp_path):
    programs = {"jobs": PROGRAM, "pipeline": PIPELINE_PROGRAM}
    for name, (right, wrong, _) in WRONG.items():
        assert PROGRAM.count(right) == 1
        programs[name] = PROGRAM.replace(right, wrong)
    for name, program in programs.items():
        (tmp_path / f"{name}.py").write_text(program)

    # All at once: each alone takes as long as all.
    checked = installed_wheel.check_types(
        tmp_path, *(f"{name}.py" for name in programs), kept="wheel"
    )

    errors = [line for line in checked.splitlines() if ": error: " in line]
    for name, (_, _, message) in WRONG.items():
        [error] = [line for line in errors if line.startswith(f"{name}.py:")]
        assert message in error
    assert len(errors) == len(WRONG), checked


def test_a_program_in_another_project_is_previewed(installed_wheel, pulumi_home, cloud, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "Pulumi.yaml").write_text("name: theirs\nruntime: python\n")
    (source / "__main__.py").write_text(PROGRAM)
    theirs = deployment.make(
        tmp_path / "stack", pulumi_home, cloud, source, installed_wheel.virtualenv
    ).in_processes()

    previewed = theirs.preview()

    assert "dbtcloud-datafold:index:DatafoldIntegration analytics create" in previewed.one_line
    for child in ("merge-job", "production-job", "pull-request-job"):
        assert f"dbtcloud:index:Job analytics-{child} create" in previewed.one_line
    assert "dbtcloud:index:ServiceToken datafold-token create" in previewed.one_line
