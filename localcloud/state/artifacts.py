"""The files that runs leave, kept in a directory of their own for each run."""

import errno
import os
import shutil
import tempfile
from pathlib import Path, PurePosixPath


class Artifacts:
    """Files by run and relative path, such as `manifest.json` or `compiled/a/b.sql`.

    A step's own files lie under `step_<n>`, the run's under `run`: the run's are those of
    the last step that wrote them, as the API serves them.
    """

    def __init__(self, root: Path) -> None:
        """Files below `root`, which is made when the first is written."""
        self._root = root

    def write(self, run_id: int, path: str, content: bytes, *, step: int | None = None) -> None:
        """Keep a file of a run, in place of an older one, whole or not at all."""
        target = self._file(run_id, path, step)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(target)

    def keep(self, run_id: int, step: int, directory: Path, leave_out: frozenset[str]) -> None:
        """Keep all files of `directory` as those of a step and, for now, of the run.

        Args:
            run_id: Whose files.
            step: The step that wrote them; what it had kept before goes away.
            directory: Where they are, on any file system.
            leave_out: Names of files that are not kept.
        """
        kept, whole = self._directory(run_id, step), self._directory(run_id, None)
        for old in (kept, whole):
            if old.exists():
                shutil.rmtree(old)
        shutil.copytree(directory, kept, ignore=lambda _, names: leave_out & set(names))
        # A second name for each file, not a second copy: files here are replaced, never changed.
        shutil.copytree(kept, whole, copy_function=os.link)

    def write_debug_log(self, run_id: int, step: int, text: str) -> None:
        """Keep the debug log of a step."""
        file = self._debug_log(run_id, step)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def debug_log(self, run_id: int, step: int) -> str:
        """The debug log of a step; empty when there is none."""
        file = self._debug_log(run_id, step)
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def steps_with_debug_log(self, run_id: int) -> frozenset[int]:
        """The steps of a run that have one."""
        found = (self._root / str(run_id) / "debug_logs").glob("step_*.log")
        return frozenset(int(log.stem.removeprefix("step_")) for log in found if log.stat().st_size)

    def read(self, run_id: int, path: str, *, step: int | None = None) -> bytes | None:
        """A file of a run (of one step, when given); none if there is none."""
        if _unsafe(path):
            return None
        try:
            return self._file(run_id, path, step).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return None
            raise

    def paths(self, run_id: int, *, step: int | None = None) -> list[str]:
        """The relative paths of a run's files, sorted."""
        top = self._directory(run_id, step)
        return sorted(
            str(PurePosixPath(file.relative_to(top)))
            for file in top.rglob("*")
            if file.is_file() and not file.name.startswith(".writing-")
        )

    def clear(self) -> None:
        """Remove the files of every run."""
        if self._root.exists():
            shutil.rmtree(self._root)

    def _directory(self, run_id: int, step: int | None) -> Path:
        return self._root / str(run_id) / ("run" if step is None else f"step_{step}")

    def _debug_log(self, run_id: int, step: int) -> Path:
        return self._root / str(run_id) / "debug_logs" / f"step_{step}.log"

    def _file(self, run_id: int, path: str, step: int | None) -> Path:
        if _unsafe(path):
            message = f"not a path inside the run: {path}"
            raise ValueError(message)
        return self._directory(run_id, step) / path


def _unsafe(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return not parts or ".." in parts or path.startswith("/") or "\0" in path
