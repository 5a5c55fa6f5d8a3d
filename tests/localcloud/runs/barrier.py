"""A barrier that a process waits at until the test lets it through."""

import contextlib
import os
import select
import time

SECONDS = 180.0
"""How long tests wait for an event. Real dbt takes that long on a machine with a high load."""


class Barrier:
    """A FIFO: its readers wait until it has been opened and closed for writing."""

    def __init__(self, path):
        os.mkfifo(path)
        self._path = path
        self._writer = None

    def __str__(self):
        return str(self._path)

    def reached(self):
        """Wait until a process waits at the barrier, and keep it there."""
        deadline = time.monotonic() + SECONDS
        while self._writer is None:
            assert time.monotonic() < deadline, f"no process reached {self._path}"
            # There is no event for a process that opens the other end.
            time.sleep(0.01)
            with contextlib.suppress(OSError):
                # Fails while there is no reader.
                self._writer = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)

    def left(self, seconds=SECONDS):
        """Wait until every process at the barrier is gone; whether that was in time."""
        poll = select.poll()
        poll.register(self._writer, 0)
        # The other end of a FIFO is closed by the end of the last process that has it open.
        return bool(poll.poll(seconds * 1000))

    def open(self):
        """Let the waiting processes through."""
        os.close(self._writer)
        self._writer = None

    def close(self):
        """Let every waiting process go on."""
        if self._writer is not None:
            self.open()
