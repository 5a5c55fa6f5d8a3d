"""What all jobs of an environment must agree in, because pull requests are compared with the newest run of any.

Source: https://docs.getdbt.com/docs/deploy/ci-jobs
"""

from collections.abc import Mapping
from typing import Any

from pulumi_dbtcloud_datafold.account.connection import Connection
from pulumi_dbtcloud_datafold.engine.run_context import survey
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem
from pulumi_dbtcloud_datafold.settings.settings_model import is_resolved

AGREED_KEYS = ("target_name", "dbt_version")
"""Settings of a job that are the same for all jobs of an environment. A job without a `dbt_version` has that of its
environment."""


def require(where: str, checked: Mapping[str, Any], connection: Connection | None) -> None:
    """Refuse a job that differs from another one that the program has declared for the same environment.

    What is known only while the stack runs is not compared; `dbtcloud-datafold check` looks at it afterwards.

    Args:
        where: The component that declares the job.
        checked: Its inputs.
        connection: The account; None if it is not known.

    Raises:
        ConfigurationError: It differs.
    """
    environment_id = checked["environment_id"]
    account = (connection.access_url, connection.account_id) if connection else None
    problems = []
    for key in AGREED_KEYS:
        value = checked.get(key)
        if not is_resolved([environment_id, value]):
            continue
        other, expected = survey().agreed.setdefault((account, environment_id, key), (where, value))
        if value != expected:
            problems.append(
                Problem(
                    key,
                    f"the jobs of environment {environment_id} differ in it ({other}: {expected or 'not set'}, "
                    f"{where}: {value or 'not set'}); pull requests are compared with the newest run of any of them",
                    "give them the same, or an environment of their own",
                )
            )
    if problems:
        raise ConfigurationError(where, problems)
