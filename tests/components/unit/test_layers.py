"""Imports of the component package point down only."""

import ast
from pathlib import Path

import pulumi_dbtcloud_datafold
import pytest

ROOT = Path(pulumi_dbtcloud_datafold.__file__).parent
MAY_IMPORT = {
    "settings": set(),
    "account": {"settings"},
    "engine": {"account", "settings"},
    "pipeline": {"settings"},
    "jobs": {"pipeline", "engine", "account", "settings"},
    "service_tokens": {"engine", "account", "settings"},
    "environments": {"engine", "account", "settings"},
}
"""What each folder may import; modules at the root and the commands may import all of it."""


def folders_imported_by(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in getattr(node, "names", ()) if isinstance(node, ast.Import)]
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            package, _, rest = name.partition(".")
            if package == ROOT.name:
                yield rest.partition(".")[0]


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_those_below_it(folder):
    for path in (ROOT / folder).glob("*.py"):
        above = {*folders_imported_by(path)} - MAY_IMPORT[folder] - {folder}
        assert not above, f"{path.relative_to(ROOT)} imports {above}"


def test_every_folder_has_its_place():
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert folders - {"cli"} == MAY_IMPORT.keys()
