"""A server in a process of its own whose runs are executed with the stand-in, until its input ends.

python -m tests.runs.server DATA_DIRECTORY DBT
"""

import sys
from functools import partial
from pathlib import Path

from localcloud import testing
from localcloud.runs.dbt_executor import DbtExecutor
from localcloud.runs.dbt_installation import DbtInstallation


def main(data, dbt):
    installation = DbtInstallation(Path(dbt), Path(sys.executable), "1.11.0")
    make_executor = partial(DbtExecutor, install=lambda _report, _stop: installation)
    with testing.running(Path(data), make_executor=make_executor) as cloud:
        print(cloud.port, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
