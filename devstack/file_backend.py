"""The contents of Pulumi's file backend, read as files: asking `pulumi` would take longer than all else."""

import json
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PROVIDER = "pulumi:providers:dbtcloud"
_LOCK_LOOKS, _LOCK_SECONDS = 5, 0.2
"""Pulumi does not write a lock in one go."""


class UnreadableStateError(Exception):
    """The state of a stack was not written whole; the message has the way out."""


@dataclass(frozen=True)
class Lock:
    """A lock of a stack.

    Attributes:
        holder: For a person, who has it.
        is_dead: The process that had it has ended, or was ended before the lock was written whole.
    """

    holder: str
    is_dead: bool


@dataclass(frozen=True)
class FileBackend:
    """A backend in a folder.

    Attributes:
        folder: Its `.pulumi`.
    """

    folder: Path

    def stacks(self) -> set[str]:
        """Return the stacks of all projects, as `project/stack`."""
        # A person may have one compressed all the same. Files with other endings belong to backups.
        files = [
            file
            for ending in ("", ".gz", ".zst")
            for file in (self.folder / "stacks").glob(f"*/*.json{ending}")
        ]
        return {f"{file.parent.name}/{file.name.partition('.json')[0]}" for file in files}

    def port_of(self, stack: str) -> int | None:
        """Return the port on loopback that a stack's dbtcloud provider was last given; none if there is none.

        Raises:
            UnreadableStateError: The state was not written whole.
        """
        for resource in self._latest(stack).get("resources", []):
            # A default provider, as `pulumi import` makes, has no address of its own: it goes by the environment.
            if resource["type"] == PROVIDER and (host_url := resource["inputs"].get("hostUrl")):
                address = urlsplit(host_url)
                return address.port if address.hostname == "127.0.0.1" else None
        return None

    def was_creating(self, stack: str) -> bool:
        """Tell whether a command was killed while it created something.

        Raises:
            UnreadableStateError: The state was not written whole.
        """
        return bool(self._latest(stack).get("pending_operations"))

    def remove_torn_attributes(self) -> None:
        """Remove attributes of states that were not written whole: without them Pulumi reads the states again."""
        for path in (self.folder / "stacks").rglob("*.attrs"):
            if not path.read_text().endswith("}\n"):
                path.unlink()

    def _latest(self, stack: str) -> dict[str, Any]:
        """Return the state of a stack; an empty one if there is none."""
        state = self.folder / "stacks" / f"{stack}.json"
        if not state.exists():
            return {}
        try:
            checkpoint = json.loads(state.read_text())["checkpoint"]
            latest: dict[str, Any] = checkpoint.get("latest", {})
        except (ValueError, KeyError, TypeError, AttributeError):
            last = state.with_name(f"{state.name}.bak")
            way_out = (
                f"Put the one before in its place: mv {last} {state}"
                if last.exists()
                else "Remove it"
            )
            message = (
                f"the state of the stack {stack} cannot be read: {state}. Something stopped while it was written.\n"
                f"{way_out}\nThen run the same command again"
            )
            raise UnreadableStateError(message) from None
        return latest

    def locks(self, stack: str) -> Iterator[Lock]:
        """Find the locks of a stack."""
        for file in (self.folder / "locks" / "organization" / stack).glob("*"):
            if lock := _lock(file):
                yield lock


def _lock(file: Path) -> Lock | None:
    """Read a lock; none if it is gone."""
    for _ in range(_LOCK_LOOKS):
        try:
            content = json.loads(file.read_text())
        except FileNotFoundError:
            return None
        except ValueError:
            content = None
        if isinstance(content, dict) and "pid" in content:
            is_here = content.get("hostname") == socket.gethostname()
            holder = f"process {content['pid']} on {content.get('hostname')}"
            return Lock(holder, is_dead=is_here and not _is_alive(int(content["pid"])))
        time.sleep(_LOCK_SECONDS)
    return Lock("an interrupted run", is_dead=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
