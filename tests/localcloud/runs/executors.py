"""Executors of the tests' servers."""

from functools import partial

from localcloud.runs.dbt_executor import DbtExecutor


def executing_with(installation):
    """What makes a server execute its runs with that dbt."""
    return partial(DbtExecutor, install=lambda _report, _cancellation: installation)
