"""A server in a process of its own whose runs are executed with the fake dbt, until its input ends.

python -m tests.localcloud.runs.server DATA_DIRECTORY DBT
"""

import sys
from pathlib import Path

from localcloud import testing
from localcloud.runs.dbt_installation import DbtInstallation
from tests.localcloud.runs.executors import executing_with


def main(data, dbt):
    installation = DbtInstallation(Path(dbt), Path(sys.executable), "1.11.0")
    with testing.running(Path(data), make_executor=executing_with(installation)) as cloud:
        print(cloud.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
