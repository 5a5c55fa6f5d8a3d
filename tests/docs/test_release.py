"""What is published: metadata, schema, changelog and the workflows that do it."""

import asyncio
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile

import pytest

from docs import package_schema
from tests.components.pipeline import checkers
from tests.docs.pages import ROOT, tracked

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def run(*command, cwd=ROOT):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    made = run(sys.executable, "-m", "hatchling", "build", "--directory", folder)
    assert made.returncode == 0, made.stdout + made.stderr
    return sorted(folder.iterdir())


def test_the_package_index_accepts_the_metadata(built):
    assert [file.suffix for file in built] == [".whl", ".gz"]
    assert all(f"-{VERSION}" in file.name for file in built)

    checked = run(sys.executable, "-m", "twine", "check", "--strict", *built)

    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.count("PASSED") == len(built)


def test_the_source_distribution_builds_the_same_wheel(built, tmp_path):
    wheel, source = built
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()

    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=folder)

    assert zipfile.ZipFile(tmp_path / wheel.name).namelist() == zipfile.ZipFile(wheel).namelist()


def test_the_address_to_fill_in_stands_where_contributing_says():
    placeholder = "<owner>/<repository>"
    files = {
        name
        for name in tracked("*.md", "*.yaml", "*.yml", "*.toml")
        if placeholder in (ROOT / name).read_text()
    }
    contributing = (ROOT / "CONTRIBUTING.md").read_text()

    assert sorted(files - {"CONTRIBUTING.md"}) == sorted(
        re.findall(r"`([^`]+\.md)`", contributing.partition(placeholder)[2].partition("\n2.")[0])
    )


def test_the_changelog_has_this_version_with_a_date():
    changelog = (ROOT / "CHANGELOG.md").read_text()

    newest = re.findall(
        r"^## \[(?P<version>[^\]]+)\] - (\d{4}-\d{2}-\d{2})$", changelog, re.MULTILINE
    )[0]

    assert newest[0] == VERSION


def test_the_schema_for_the_registry_is_current():
    # The SDK's values need a loop.
    asyncio.set_event_loop(asyncio.new_event_loop())

    schema = package_schema.FILE.read_text()

    assert schema == package_schema.text(), "run .venv/bin/python docs/package_schema.py"
    assert f'"version": "{VERSION}"' in schema


def test_a_fetched_repository_has_the_same_version_and_description(monkeypatch):
    """Pulumi installs the dependencies of a package that it fetches, and not the package itself."""
    from pulumi_dbtcloud_datafold import component_provider

    installed = component_provider._about()

    def missing(name):
        raise component_provider.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(component_provider.metadata, "metadata", missing)
    assert component_provider._about() == installed


def test_actionlint_finds_nothing_in_the_workflows():
    workflows = tracked(".github/workflows/*.yml")

    assert len(workflows) == 3
    checkers.assert_actionlint_finds_nothing(*(ROOT / name for name in workflows))
