"""Runs one policy pack; started by the language host in the pack's own Python.

The stack's configuration comes through a pipe, as for a program (`program_runner.py`). The policy
SDK reads it from the environment, so it is put there only after the start, where other users of
the machine cannot see it.
"""

import json
import os
import runpy
import sys
import threading
from typing import BinaryIO


def main() -> None:
    """Run the policy pack with the SDK's own runner."""
    sys.path[0] = os.getcwd()
    pipe = os.fdopen(int(sys.argv.pop(1)), "rb")
    os.set_inheritable(pipe.fileno(), False)
    os.environ.update(json.loads(pipe.readline()))
    threading.Thread(target=_end_with_host, args=(pipe,), daemon=True).start()
    runpy.run_module("pulumi.policy", run_name="__main__", alter_sys=True)


def _end_with_host(pipe: BinaryIO) -> None:
    pipe.read()
    os._exit(1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
