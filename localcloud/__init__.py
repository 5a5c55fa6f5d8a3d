"""A dbt Cloud on this machine: its administrative API over HTTP, with state in SQLite.

It listens on loopback only. What it answers, and how faithfully, is listed in `COVERAGE.md`.
Start it with `localcloud start`, or from a test with `localcloud.testing.running`.

Imports point down this list; modules of one line do not import each other's folders:

    __main__, testing, server, app              the program, put together
    commands; web; control                      its commands; its pages; routes that dbt Cloud lacks
    seeds; git                                  the initial state; events of git hosts
    resources                                   the API's operations, one module for each resource
    http                                        requests, answers, permissions
    runs                                        execution of runs
    webhooks                                    messages about runs
    state                                       SQLite and files
    cancellation, clock, loopback, process, secret_variables, server_log
"""

import sys


def main() -> None:
    """Run the command `localcloud`, or name the missing package."""
    try:
        from localcloud.__main__ import cli
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "localcloud":
            raise
        fix = "pip install 'pulumi-dbtcloud-datafold[local]'"
        sys.exit(f"Error: the package {error.name} is not installed; localcloud needs it: {fix}")
    cli(prog_name="localcloud")
