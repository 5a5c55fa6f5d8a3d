"""Which Pulumi engine is used."""

from importlib import metadata

import pytest

from tests.toolchain.installation.fake_programs import ENGINE, NEWER, write_go, write_pulumi
from toolchain import engine
from toolchain.errors import ToolchainError

MAJOR, MINOR, PATCH = engine.MINIMUM
OLDEST = f"v{MAJOR}.{MINOR}.{PATCH}"


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        (OLDEST, True),
        (f"v{MAJOR}.{MINOR}.{PATCH + 1}", True),
        ("v3.900.0", True),
        ("v3.900.0-alpha.1", True),
        (f"{OLDEST}+dirty", True),
        (f"v{MAJOR}.{MINOR - 1}.9", False),
        (f"{OLDEST}-alpha.1", False),
        ("v4.0.0", False),
        ("v2.900.0", False),
        ("", False),
        ("fatal: no", False),
    ],
)
def test_an_engine_fits_from_the_sdks_version_up_to_the_next_major_one(version, fits):
    assert engine.fits(version) is fits


def test_an_old_engine_is_passed_over_for_a_newer_one_further_on(
    bin_folder, reported, tmp_path, monkeypatch
):
    old = write_pulumi(bin_folder, "v3.100.0")
    further = tmp_path / "further"
    new = write_pulumi(further, NEWER)
    monkeypatch.setenv("PATH", str(further), prepend=":")
    monkeypatch.setenv("PATH", str(bin_folder), prepend=":")

    assert engine.ensure_engine(reported.append) == new
    assert reported == [f"engine: {old} is v3.100.0, {OLDEST[1:]} or newer, below 4 is needed"]


def old(folder, _):
    write_pulumi(folder, "v2.0.0")
    return "v2.0.0"


def broken(folder, _):
    write_pulumi(folder, NEWER).write_text("#!/no/such/interpreter\n")
    return "broken"


def not_asked_for(folder, monkeypatch):
    write_pulumi(folder, NEWER)
    monkeypatch.setenv("DATAFOLD_ENGINE", "build")
    return ""


def of_a_private_home(folder, _):
    write_pulumi(folder, NEWER)
    (folder / engine.PRIVATE_HOME).touch()
    return ""


@pytest.mark.parametrize("there", [old, broken, not_asked_for, of_a_private_home])
def test_without_a_fitting_engine_one_is_built(bin_folder, reported, monkeypatch, there):
    found = there(bin_folder, monkeypatch)
    write_go(bin_folder, built=ENGINE)

    made = engine.ensure_engine(reported.append)

    assert made == engine.BUILD.cached()
    assert made.read_text() == ENGINE
    passed_over = f"engine: {bin_folder / 'pulumi'} is {found}"
    assert reported[0].startswith(passed_over) == bool(found)


def test_a_build_can_be_forbidden(bin_folder, reported, monkeypatch):
    write_go(bin_folder, built=ENGINE)
    monkeypatch.setenv("DATAFOLD_ENGINE", "path")

    with pytest.raises(ToolchainError) as caught:
        engine.ensure_engine(reported.append)

    assert str(caught.value).splitlines() == [
        "no Pulumi engine",
        f"  problem: DATAFOLD_ENGINE is `path`, and no `pulumi` on PATH is {OLDEST[1:]} or newer, below 4",
        "  fix:     install Pulumi (https://www.pulumi.com/docs/install/), or unset DATAFOLD_ENGINE",
    ]


def test_another_choice_is_refused(bin_folder, reported, monkeypatch):
    monkeypatch.setenv("DATAFOLD_ENGINE", "download")

    with pytest.raises(ToolchainError, match="it is 'download'"):
        engine.ensure_engine(reported.append)


def test_the_oldest_engine_that_fits_is_that_of_the_sdk():
    assert metadata.version("pulumi") == ".".join(map(str, engine.MINIMUM))


def test_the_built_engine_works_and_is_the_one_that_go_mod_names(private_home):
    assert engine.version(private_home.pulumi) == engine.PINNED_VERSION
    pinned = (engine.BUILD.module / "go.mod").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 {engine.PINNED_VERSION}" in pinned
    assert f"github.com/pulumi/pulumi/sdk/v3 {engine.PINNED_VERSION}" in pinned
