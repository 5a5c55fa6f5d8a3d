"""The documentation site is built without a warning, from every page."""

import subprocess
import sys

import pytest

from tests.docs.pages import ROOT, tracked

REGISTRY = {"_index", "installation-configuration"}
"""Pages that only the Pulumi Registry shows."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_every_page_is_in_the_navigation(site):
    pages = {name.removeprefix("docs/").removesuffix(".md") for name in tracked("docs/*.md")}
    shown = (site / "index.html").read_text()

    for page in pages - REGISTRY - {"index"}:
        assert (site / page / "index.html").is_file()
        assert f'href="{page}/"' in shown


def test_the_components_are_described_by_their_docstrings(site):
    page = (site / "components" / "index.html").read_text()

    assert "Everything Datafold needs from dbt Cloud for one dbt project" in page
    assert 'id="pulumi_dbtcloud_datafold.MergeJobArgs.timeout_seconds"' in page


def test_nothing_is_loaded_from_other_sites(site):
    page = (site / "index.html").read_text()

    assert 'src="http' not in page
    assert 'rel="stylesheet" href="http' not in page


def test_a_link_out_of_the_pages_has_no_broken_target(site):
    page = (site / "other-stacks" / "index.html").read_text()

    assert "examples/" in page
    assert "../examples/README.md" not in page
