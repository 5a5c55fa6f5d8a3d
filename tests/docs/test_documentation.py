"""What the documents point at is there, and they are written as agreed."""

import re
import tomllib

import pytest

from docs import pictures
from tests.docs.pages import PAGES, ROOT, tracked

LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<file>[^)#\s]*)(?:#(?P<heading>[^)\s]*))?\)")
DOCUMENT = re.compile(r"(?<![\w./-])docs/[\w./-]+\.\w+")
AVOIDED = re.compile(r"\b(told|twins?|tells|whoever|thereby)\b", re.IGNORECASE)
README_LINES = 120


def headings(file):
    """Return the anchors a Markdown file has, as git hosts make them."""
    text = re.sub(r"```.*?```", "", file.read_text(), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def problems_of(name):
    """Return the links of a Markdown file that lead nowhere."""
    file = ROOT / name
    wrong = []
    for link in LINK.finditer(file.read_text()):
        target = file.parent / link["file"] if link["file"] else file
        if not target.exists() or (link["heading"] and link["heading"] not in headings(target)):
            wrong.append(link.group())
    return wrong


@pytest.mark.parametrize("name", tracked("*.md"))
def test_every_link_of_a_document_leads_somewhere(name):
    assert problems_of(name) == []


def test_every_document_that_is_named_is_there():
    named = {
        (name, document)
        for name in tracked("*.md", "*.py", "*.yaml", "*.toml", "Makefile")
        if not name.startswith("tests/docs/")
        for document in DOCUMENT.findall((ROOT / name).read_text())
    }

    assert ("README.md", "docs/pipeline.md") in named
    assert {(name, document) for name, document in named if not (ROOT / document).exists()} == set()


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


@pytest.mark.parametrize("name", [*PAGES, "CHANGELOG.md"])
def test_a_document_does_without_words_that_hide_the_subject(name):
    assert AVOIDED.findall((ROOT / name).read_text()) == []


def test_a_picture_is_small():
    """All pictures come with each clone."""
    sizes = {name: (ROOT / name).stat().st_size for name in tracked("docs/images/*.png")}

    assert "docs/images/local-dbt-cloud.png" in sizes
    assert {name: size for name, size in sizes.items() if size > pictures.SIZE_LIMIT} == {}


def test_every_address_of_the_package_has_the_version_of_this_release():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    addresses = {
        (name, address)
        for name in tracked("*.md", "*.yaml")
        for address in re.findall(r"github\.com/\S+(/components[^\s`]*)", (ROOT / name).read_text())
    }

    assert ("docs/other-stacks.md", f"/components@v{version}") in addresses
    assert {address for _, address in addresses} == {f"/components@v{version}"}
