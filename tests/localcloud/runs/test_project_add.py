"""`localcloud project add`: a project that can be run at once."""

import re

import pytest

from localcloud import process
from tests.localcloud import command


def add(data, *arguments):
    """The ids that the command prints, by what they belong to."""
    result = command.run("project", "add", *arguments, "--data", data)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    lines = re.findall(r"^(\w+) +(\d+)(?: \((.+)\))?$", result.stdout, re.M)
    return {name or kind: int(number) for kind, number, name in lines}, result.stdout


@pytest.fixture
def operator(operator, cloud_with_fake_dbt, data):
    """A client of a server that the command finds by its data directory."""
    with process.holding(data):
        process.record(data, cloud_with_fake_dbt.origin, cloud_with_fake_dbt.port)
        yield operator


def test_a_project_is_added_whose_jobs_run(operator, data):
    ids, output = add(data, "Finance & Co")

    job = operator.deploy_job(
        "dbt run", project_id=ids["Finance & Co"], environment_id=ids["Production"]
    )
    run = operator.succeeded(operator.run(job["id"]))
    project = operator.get(f"{operator.v3}/projects/{ids['Finance & Co']}/")
    environments = operator.get(f"{operator.v3}/environments/?project_id={project['id']}")

    assert "dbt_project.yml" in operator.seen(run)["files"]
    assert project["repository"]["remote_url"] == "git@github.com:example/finance-co.git"
    assert str(data / "repositories" / "example" / "finance-co") in output
    assert {item["name"]: item["connection_id"] for item in environments} == dict.fromkeys(
        ("Production", "CI", "Development"), ids["connection"]
    )


def test_two_projects_of_one_name_have_repositories_of_their_own(operator, data):
    first, _ = add(data, "Sales", "--sample", "marketing")
    second, _ = add(data, "Sales", "--sample", "marketing")

    names = [
        operator.get(f"{operator.v3}/projects/{ids['Sales']}/")["repository"]["full_name"]
        for ids in (first, second)
    ]

    assert names == ["example/sales", "example/sales-2"]


def test_a_sample_that_does_not_exist_is_refused_with_those_that_do(operator, data):
    before = operator.get(f"{operator.v3}/projects/")

    result = command.run("project", "add", "X", "--sample", "shop", "--data", data)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "Error: sample: not a sample; there are: analytics, marketing\n"
    assert operator.get(f"{operator.v3}/projects/") == before
