"""Changes to modules that a Go program is built with: to copies of them, which replace them in the build."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolchain.errors import ToolchainError


@dataclass(frozen=True)
class Edit:
    """A change to one file of a module.

    Attributes:
        module: Path of the module.
        file: Where the file is in it.
        old: A text that is there once.
        new: What stands for it.
    """

    module: str
    file: str
    old: str
    new: str


def edited(edits: Sequence[Edit], sources: Mapping[str, Path], module: Path, folder: Path) -> Path:
    """Return the file for Go's `-modfile`: the `go.mod` of `module`, with the changed modules.

    Args:
        edits: The changes.
        sources: Where Go has the modules that are changed.
        module: Folder of the `go.mod`.
        folder: Where to write.

    Raises:
        ToolchainError: A text is not where it should be: the module has another version than the edit is for.
    """
    replacements = ""
    for path, source in sources.items():
        copy = folder / path
        # Not with their modes: in Go's cache all is read-only.
        for file in filter(Path.is_file, source.rglob("*")):
            copied = copy / file.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copied)
        if not (copy / "go.mod").exists():  # An old module may have none.
            (copy / "go.mod").write_text(f"module {path}\n")
        replacements += f'replace {path} => "{copy}"\n'
    for edit in edits:
        file = folder / edit.module / edit.file
        text = file.read_text()
        if text.count(edit.old) != 1:
            message = f"""\
{edit.module}: {edit.file} cannot be changed for the build
  problem: {edit.old!r} is there {text.count(edit.old)} times, not once
  fix:     bring the edit and the version in {module / "go.mod"} together"""
            raise ToolchainError(message)
        file.write_text(text.replace(edit.old, edit.new))
    shutil.copyfile(module / "go.sum", folder / "go.sum")
    modfile = folder / "go.mod"
    modfile.write_text((module / "go.mod").read_text() + replacements)
    return modfile
