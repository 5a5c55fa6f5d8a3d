"""A server in a process of its own whose runs are executed with the fake dbt, until its input ends.

python -m tests.localcloud.runs.server DATA_DIRECTORY DBT
"""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from localcloud import testing
from localcloud.runs.dbt_installation import DbtInstallation
from tests.localcloud.runs.executors import executing_with
from tests.localcloud.runs.operator import Operator


@contextmanager
def serving(data, dbt):
    """A server process on a directory, and a client of it; the process is killed at the end."""
    command = [sys.executable, "-m", __name__, str(data), str(dbt)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            port = int(process.stdout.readline())
            cloud = SimpleNamespace(url=f"http://127.0.0.1:{port}/api")
            with Operator(cloud, testing.TOKEN) as client:
                yield process, client
        finally:
            process.kill()


def main(data, dbt):
    installation = DbtInstallation(Path(dbt), Path(sys.executable), "1.11.0")
    with testing.running(Path(data), make_executor=executing_with(installation)) as cloud:
        print(cloud.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
