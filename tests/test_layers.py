"""Which folder may import which: arrows point down only."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "pulumi_dbtcloud_datafold"
FOLDERS = {
    **{
        name: ROOT / name for name in ("benchmarks", "devstack", "infra", "localcloud", "toolchain")
    },
    PACKAGE: ROOT / "components" / PACKAGE,
}
BELOW = {
    "benchmarks": {"localcloud", "toolchain"},
    "devstack": {"infra", "localcloud", "toolchain"},
    "infra": {PACKAGE},
    "localcloud": set(),
    "toolchain": set(),
    PACKAGE: set(),
}
"""For each folder the folders of this repository that it may import, besides itself."""

INSIDE_THE_PACKAGE = [
    {"cli"},
    {""},
    {"jobs", "service_tokens", "environments"},
    {"pipeline", "engine"},
    {"account"},
    {"settings"},
]
INSIDE_THE_LOCAL_DBT_CLOUD = [
    {""},
    {"commands", "web", "control"},
    {"seeds", "git"},
    {"resources"},
    {"http"},
    {"runs"},
    {"webhooks"},
    {"state"},
]
"""Folders from top to bottom; those of one level do not import each other. Modules outside of folders are ""."""

BASE = {"cancellation", "clock", "loopback", "process", "secret_variables", "server_log"}
"""Modules of the local dbt Cloud that all of it may import."""


def imports(file):
    """The modules that a file imports, also in its functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_imports_only_what_is_below_it(name):
    others = FOLDERS.keys() - BELOW[name] - {name}
    found = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in FOLDERS[name].rglob("*.py")
        for module in imports(file)
        if module.partition(".")[0] in others
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("package", "levels"),
    [(PACKAGE, INSIDE_THE_PACKAGE), ("localcloud", INSIDE_THE_LOCAL_DBT_CLOUD)],
)
def test_inside_a_package_imports_point_down(package, levels):
    level_of = {folder: number for number, level in enumerate(levels) for folder in level}
    found = []
    for file in FOLDERS[package].rglob("*.py"):
        path = file.relative_to(FOLDERS[package])
        own = path.parts[0] if len(path.parts) > 1 else ""
        for module in imports(file):
            top, _, rest = module.partition(".")
            imported = rest.partition(".")[0]
            if top != package or imported == own or imported in BASE or not own:
                continue
            if level_of[own] >= level_of.get(imported, level_of[""]):
                found.append(f"{path} imports {module}")

    assert not found, "\n".join(found)
