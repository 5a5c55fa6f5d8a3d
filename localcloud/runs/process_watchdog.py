"""Runs a command, and ends it with all it has started when the server is gone.

    python process_watchdog.py COMMAND [ARGUMENT...]

Standard input is a pipe whose other end only the server holds: its end means that the server has
ended, for whatever reason. This program is the first of its process group and ends the whole group.
It survives SIGTERM to the group, so that it can still kill a command that ends slowly.
Started as a file, not as a module, so that it begins without importing anything of ours; and it imports little
else, because it stands before each command: `subprocess` and `threading` would take as long as Python's start.
"""

import _thread
import os
import signal
import sys


def _end_with_the_server() -> None:
    while os.read(0, 1):
        """Nothing is written: the loop waits for the end of the pipe."""
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> int:
    """Run the command; return its exit code."""
    # A handler, unlike a signal that is ignored, is not handed down to the command.
    signal.signal(signal.SIGTERM, lambda *_: None)
    command = os.posix_spawnp(
        sys.argv[1],
        sys.argv[1:],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
        # Python ignores them.
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
    )
    _thread.start_new_thread(_end_with_the_server, ())
    return os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
