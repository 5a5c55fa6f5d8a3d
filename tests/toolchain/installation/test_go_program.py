"""Programs are built from Go modules once, and a damaged cache is repaired."""

import subprocess
import sys

import pytest

from tests.toolchain.installation.fake_programs import write_go
from toolchain import progress
from toolchain.errors import ToolchainError
from toolchain.go_program import GoProgram


def says_ok(program):
    try:
        return subprocess.run([program], capture_output=True).stdout == b"ok\n"
    except OSError:
        return False


@pytest.fixture
def module(tmp_path):
    folder = tmp_path / "module"
    folder.mkdir()
    for name in ("go.mod", "go.sum", "tools.go"):
        (folder / name).write_text(name)
    return folder


def program(module):
    return GoProgram(
        name="thing",
        label="thing",
        module=module,
        package="example.com/thing",
        ldflags="-s",
        works=says_ok,
        duration="a moment",
    )


def builds(log):
    return [line for line in log.read_text().splitlines() if line.startswith("build ")]


def test_a_program_is_built_once(bin_folder, module, reported):
    log = write_go(bin_folder)

    first = program(module).ensure(reported.append)
    second = program(module).ensure(reported.append)

    assert first == second
    assert says_ok(first)
    [command] = builds(log)
    assert command.startswith("build -ldflags=-s -v -o ")
    assert command.endswith(" example.com/thing")
    assert reported[0] == "thing: building example.com/thing with Go, once (a moment)"


def test_another_go_sum_is_another_program(bin_folder, module, reported):
    log = write_go(bin_folder)
    first = program(module).ensure(reported.append)
    (module / "go.sum").write_text("changed")

    second = program(module).ensure(reported.append)

    assert first != second
    assert len(builds(log)) == 2


@pytest.mark.parametrize("damage", ["", "#!/bin/sh\necho other\n", "\x7fELF..."])
def test_a_damaged_program_is_built_again(bin_folder, module, reported, damage):
    write_go(bin_folder)
    made = program(module).ensure(print)
    made.write_text(damage)

    again = program(module).ensure(reported.append)

    assert again == made
    assert says_ok(made)
    assert reported[0] == f"thing: {made} is damaged, building it again"


def test_what_an_interrupted_build_left_does_no_harm(bin_folder, module, reported):
    write_go(bin_folder)
    place = program(module).cached()
    place.parent.mkdir(parents=True)
    place.with_name("thing.part").write_text("half")

    assert says_ok(program(module).ensure(reported.append))


def test_a_failed_build_shows_gos_words_and_the_ways_out(bin_folder, module, reported):
    write_go(bin_folder, building='echo "no space left on device" >&2; exit 3')

    with pytest.raises(ToolchainError) as caught:
        program(module).ensure(reported.append)

    text = str(caught.value)
    assert text.startswith("thing: `go build example.com/thing` failed (exit code 3)\n  problem:\n")
    assert "    no space left on device\n" in text
    assert "GOPROXY is not set" in text
    assert "https://www.pulumi.com/docs/install/" in text
    write_go(bin_folder)
    assert says_ok(program(module).ensure(reported.append))


def test_modules_that_cannot_be_downloaded_are_the_same_kind_of_error(bin_folder, module, reported):
    write_go(bin_folder, listing='echo "dial tcp: no route to host" >&2; exit 1')

    with pytest.raises(ToolchainError, match=r"(?s)go list .*no route to host"):
        program(module).ensure(reported.append)


def test_a_result_that_does_not_run_is_not_kept(bin_folder, module, reported):
    write_go(bin_folder, built="#!/bin/sh\necho wrong\n")

    with pytest.raises(ToolchainError, match="the result does not run"):
        program(module).ensure(reported.append)

    assert not program(module).cached().exists()


def test_the_users_go_settings_are_respected_but_no_other_go_is_fetched(
    bin_folder, module, reported, monkeypatch
):
    log = write_go(bin_folder)
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("GOPROXY", "file:///proxy")
    monkeypatch.setenv("GOTOOLCHAIN", "auto")

    program(module).ensure(reported.append)

    used = log.with_name("go.log.env").read_text().splitlines()
    assert {"GOFLAGS=-mod=mod", "GOPROXY=file:///proxy", "GOTOOLCHAIN=local", "CGO_ENABLED=0"} <= {
        *used
    }


def test_a_long_build_shows_that_it_is_alive(bin_folder, module, reported, monkeypatch):
    monkeypatch.setattr(progress, "HEARTBEAT_SECONDS", 0.2)
    write_go(bin_folder, building="sleep 1")

    program(module).ensure(reported.append)

    assert "thing: compiling, 0 s: 1 of 2 packages" in reported


SECOND_PROCESS = """
import sys
from pathlib import Path
from tests.toolchain.installation.test_go_program import program
print(program(Path(sys.argv[1])).ensure(print))
"""


def test_two_that_need_it_at_once_build_it_once(bin_folder, module):
    log = write_go(bin_folder, building="sleep 1")
    command = [sys.executable, "-c", SECOND_PROCESS, str(module)]

    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert len({output.splitlines()[-1] for output in outputs}) == 1
    assert len(builds(log)) == 1
