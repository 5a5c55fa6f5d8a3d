"""The DuckDB files that runs build into, and the order in which commands use them.

A connection of dbt Cloud is a database, so environments on one connection share one file, each
with schemas of its own, and those of a project without connections share the project's. DuckDB
lets one process at a time write a file, and none read it meanwhile: commands that need a file
take turns in the order of their requests. Everything else in runs happens in parallel.
"""

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from localcloud.cancellation import CancellationToken
from localcloud.state.store import Doc


class Warehouses:
    """The files, and the commands that wait for each."""

    def __init__(self, root: Path) -> None:
        """Files in the directory `root`."""
        self._root = root
        self._changed = threading.Condition()
        self._waiting: list[frozenset[Path]] = []

    def file(self, project_id: int, environment: Doc) -> Path:
        """The file of an environment; it need not be there yet."""
        connection_id = environment["connection_id"]
        name = f"connection_{connection_id}" if connection_id else f"project_{project_id}"
        return self._root / f"{name}.duckdb"

    @contextmanager
    def using(self, files: Sequence[Path], cancellation: CancellationToken) -> Iterator[None]:
        """Use those files exclusively, once every earlier caller is done with them.

        Raises:
            CancellationError: Cancelled while waiting.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        wanted = frozenset(files)
        with cancellation.on_cancel(self._wake_up):
            with self._changed:
                self._waiting.append(wanted)
            try:
                with self._changed:
                    self._changed.wait_for(
                        lambda: cancellation.is_cancelled or self._is_free(wanted)
                    )
                cancellation.check()
                yield
            finally:
                with self._changed:
                    del self._waiting[self._position(wanted)]
                    self._changed.notify_all()

    def is_free(self, files: Sequence[Path]) -> bool:
        """Whether `using` those files would not wait."""
        with self._changed:
            return not any(wanted & frozenset(files) for wanted in self._waiting)

    def clear(self) -> None:
        """Remove every file. None may be in use."""
        if self._root.exists():
            shutil.rmtree(self._root)

    def _wake_up(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _is_free(self, wanted: frozenset[Path]) -> bool:
        return not any(before & wanted for before in self._waiting[: self._position(wanted)])

    def _position(self, wanted: frozenset[Path]) -> int:
        # By identity: another caller may want an equal set.
        return next(index for index, other in enumerate(self._waiting) if other is wanted)
