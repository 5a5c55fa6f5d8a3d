"""What runs on this machine (Linux), to prove that nothing is left behind."""

import time
from pathlib import Path

WAIT_SECONDS = 30


def wait_until(condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def children_of(pid):
    """Return the processes that `pid` started, and those that they started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            child = int(stat.parent.name)
            found += [child, *children_of(child)]
    return found


def command_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def alive(pids):
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]
