"""What the documentation points at is there, and what can be configured is documented."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\((?!https?:|mailto:)(?P<file>[^)#\s]*)(?:#(?P<heading>[^)\s]*))?\)")
DOCUMENT = re.compile(r"(?<![\w./-])docs/[\w./-]+\.\w+")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    files = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert files
    return sorted(files)


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


def configurable():
    """Return every key that the stack file may have, at any depth, and the block it is in."""
    schema = json.loads((ROOT / "docs" / "config.schema.json").read_text())
    top = schema["properties"]["config"]["properties"]
    blocks = {"the stack file": top} | {
        name: definition.get("properties", {}) for name, definition in schema["$defs"].items()
    }
    return [(block, key.rpartition(":")[2]) for block, keys in blocks.items() for key in keys]


def test_every_key_of_the_stack_file_is_in_the_section_configuration():
    readme = (ROOT / "README.md").read_text()
    [section] = re.findall(r"^## Configuration$(.*?)^## ", readme, re.DOTALL | re.MULTILINE)
    written = set(re.findall(r"\w+", " ".join(CODE.findall(section))))
    keys = configurable()

    assert ("SlackChannel", "name") in keys
    assert [(block, key) for block, key in keys if key not in written] == []
