"""Put programs into place so that nobody ever sees half of one."""

import os
import shutil
from pathlib import Path

_EXECUTABLE = 0o755


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, or a copy where hard links do not reach.

    Never a symbolic link: the engine resolves its own path to find the language host beside it.
    """
    if target.exists() and _same(source, target):
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


def _same(source: Path, target: Path) -> bool:
    """Tell whether a target is up to date. A copy keeps the source's size and time."""
    if target.is_symlink():
        return False
    if source.samefile(target):
        return True
    ours, theirs = source.stat(), target.stat()
    return ours.st_size == theirs.st_size and ours.st_mtime_ns == theirs.st_mtime_ns
