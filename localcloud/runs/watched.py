"""Runs a command, and ends it with all it has started when the server is gone.

    python watched.py COMMAND [ARGUMENT...]

Standard input is a pipe whose other end only the server holds: its end means that the server has
died, by whatever death. This program is the first of its process group and ends the whole group.
It lives on when the group is asked to end, so as to still be there if the command takes its time.
Started as a file, not as a module, so that it begins without importing anything of ours.
"""

import os
import signal
import subprocess
import sys
import threading


def _end_with_the_server() -> None:
    while os.read(0, 1):
        """Nothing is ever written; only the end counts."""
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> int:
    """Run the command; return its exit code."""
    # A handler, unlike a signal that is ignored, is not handed down to the command.
    signal.signal(signal.SIGTERM, lambda *_: None)
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603 - given by the server, no shell
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
