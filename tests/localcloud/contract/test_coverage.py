"""COVERAGE.md lists every route, and no other."""

import re
from pathlib import Path

import localcloud
from localcloud.resources.adapters import ADAPTERS
from localcloud.resources.operations import OPERATIONS

COVERAGE = Path(localcloud.__file__).parent / "COVERAGE.md"


def rows():
    return re.findall(r"^\| `(\w+ /[^`]+)` \| ([^|]*) \| ([^|]*?) ?\|$", COVERAGE.read_text(), re.M)


def test_every_route_is_in_the_coverage_table_and_the_other_way_round():
    answered = [name for name, level, _ in rows() if level != "not"]

    assert sorted(answered) == sorted(operation.name for operation in OPERATIONS)


def test_every_row_has_a_level_and_what_is_not_faithful_says_why():
    for name, level, note in rows():
        assert level in ("faithful", "partly", "not"), name
        assert level == "faithful" or note.strip(), name


def test_what_the_table_says_is_not_there_is_answered_501(owner):
    missing = [name for name, level, _ in rows() if level == "not"]

    assert missing
    for name in missing:
        method, _, path = name.partition(" ")
        owner.request(method, re.sub(r"\{\w+\}", "1", path), status=501)


def test_every_operation_shows_its_source():
    for operation in OPERATIONS:
        assert "Source:" in operation.handler.__doc__, operation.name


def test_the_fields_of_every_connection_are_in_the_table():
    found = re.findall(r"^\| `(\w+_v\d)` \| ([^|]*) \| ([^|]*) \|$", COVERAGE.read_text(), re.M)
    fields = {
        name: (set(re.findall(r"`(\w+)`", required)), set(re.findall(r"`(\w+)`", optional)))
        for name, required, optional in found
    }

    assert fields == {
        name: (
            set(adapter.required),
            (adapter.settings | adapter.only_created) - set(adapter.required),
        )
        for name, adapter in ADAPTERS.items()
    }
