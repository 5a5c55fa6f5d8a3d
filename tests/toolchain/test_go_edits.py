"""What our build of the engine changes in its modules."""

import pytest

from toolchain.errors import ToolchainError
from toolchain.go_edits import Edit, edited

EDIT = Edit("example.com/one", "part/file.go", "func init()", "func Load()")


@pytest.fixture
def module(tmp_path):
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "go.mod").write_text("module tools\n")
    (folder / "go.sum").write_text("sums\n")
    return folder


@pytest.fixture
def source(tmp_path):
    """A module as Go's cache has it, read-only."""
    folder = tmp_path / "cache" / "one@v1.0.0"
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "file.go").write_text("package part\n\nfunc init() {}\n")
    (folder / "one.go").write_text("package one\n")
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)


def build(edits, source, module, tmp_path):
    folder = tmp_path / "build"
    folder.mkdir()
    return edited(edits, {EDIT.module: source}, module, folder)


def test_the_build_takes_a_changed_copy_and_all_else_as_it_is(source, module, tmp_path):
    modfile = build([EDIT], source, module, tmp_path)

    copy = modfile.parent / "example.com/one"
    assert modfile.read_text() == f'module tools\nreplace example.com/one => "{copy}"\n'
    assert modfile.with_name("go.sum").read_text() == "sums\n"
    assert (copy / "part/file.go").read_text() == "package part\n\nfunc Load() {}\n"
    assert (copy / "one.go").read_text() == "package one\n"
    assert (copy / "go.mod").read_text() == "module example.com/one\n"
    assert "init" in (source / "part/file.go").read_text()


def test_an_edit_for_another_version_is_told_and_not_made(source, module, tmp_path):
    other = Edit(EDIT.module, EDIT.file, "func initialise()", "func Load()")

    with pytest.raises(ToolchainError) as caught:
        build([EDIT, other], source, module, tmp_path)

    assert str(caught.value).splitlines() == [
        "example.com/one: part/file.go cannot be changed for the build",
        "  problem: 'func initialise()' is there 0 times, not once",
        f"  fix:     bring the edit and the version in {module / 'go.mod'} together",
    ]


def test_what_looks_like_a_secret_is_still_not_taken_for_a_plain_value(make_project):
    project = make_project()

    code, output = project.try_pulumi("config", "set", "password", "xK9#mQ2$vL7pW4zR8tB3nY6jH1fD5s")

    assert code != 0
    assert "looks like a secret" in output
    # Long, but a word that the meter knows.
    project.pulumi("config", "set", "password", "administration")
