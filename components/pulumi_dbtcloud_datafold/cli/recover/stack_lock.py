"""The lock that a killed update leaves in a self-managed backend."""

import os
import re
import socket
from dataclasses import dataclass

from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.pulumi_stack import PulumiStack

_LOCK = re.compile(r"created by (?P<who>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<when>\S+)")
"""Source: backend/diy/lock.go of Pulumi 3.276."""


@dataclass(frozen=True)
class StackLock:
    """A lock of the stack.

    Attributes:
        when: Its time, as Pulumi writes it.
    """

    who: str
    host: str
    pid: int
    when: str

    @property
    def is_elsewhere(self) -> bool:
        """Its process was on another machine."""
        return self.host != socket.gethostname()

    @property
    def is_alive(self) -> bool:
        """Its process is on this machine, and has not ended."""
        if self.is_elsewhere:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def __str__(self) -> str:
        """Name the process."""
        return f"process {self.pid} of {self.who} on {self.host} ({self.when})"


def find(stack: PulumiStack, root: str | None) -> list[StackLock]:
    """Return the locks of the stack.

    No command of Pulumi only asks for them. A refresh of the stack's root resource needs the lock and reads nothing
    from dbt Cloud.

    Args:
        stack: The stack.
        root: The URN of its root resource, if the state has it.

    Raises:
        CommandError: Pulumi fails for another reason.
    """
    target = ("--target", root) if root else ()
    try:
        stack.ask("refresh", "--yes", "--skip-preview", "--skip-pending-creates", *target)
    except CommandError as error:
        if locks := [
            StackLock(lock["who"], lock["host"], int(lock["pid"]), lock["when"])
            for lock in _LOCK.finditer(str(error))
        ]:
            return locks
        raise
    return []
