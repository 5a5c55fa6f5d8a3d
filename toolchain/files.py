"""Put programs into place so that nobody ever sees half of one."""

import os
import shutil
from pathlib import Path

_EXECUTABLE = 0o755


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, or a copy where hard links do not reach.

    Never a symbolic link: the engine resolves its own path to find the language host beside it.
    """
    if target.exists() and not target.is_symlink() and _version(source) == _version(target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), part)
    except OSError:
        # Another file system, or one without hard links.
        shutil.copy2(source, part)
    part.replace(target)


def write_script(target: Path, text: str) -> None:
    """Make `target` an executable file with this text, if it is not already."""
    data = text.encode()
    if (
        target.is_file()
        and target.read_bytes() == data
        and target.stat().st_mode & _EXECUTABLE == _EXECUTABLE
    ):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    part.write_bytes(data)
    part.chmod(_EXECUTABLE)
    part.replace(target)


def _version(file: Path) -> tuple[int, int]:
    """Tell versions of a file apart. A copy keeps the source's size and time."""
    return file.stat().st_size, file.stat().st_mtime_ns
