"""What all jobs of an environment must agree in, because pull requests are compared with the newest run of any.

Source: https://docs.getdbt.com/docs/deploy/ci-jobs
"""

from typing import NamedTuple

from pulumi_dbtcloud_datafold.account.connection import Address, Connection, Unknown
from pulumi_dbtcloud_datafold.engine.run_context import run_context
from pulumi_dbtcloud_datafold.jobs.settings import JobSettings
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem
from pulumi_dbtcloud_datafold.settings.settings_model import is_resolved

AGREED_KEYS = ("target_name", "dbt_version")
"""Settings of a job that are the same for all jobs of an environment. A job without a `dbt_version` has that of its
environment."""


class _Setting(NamedTuple):
    """A setting of an environment's jobs; the account is None if it is not known."""

    account: Address | None
    environment_id: int
    key: str


class _FirstValue(NamedTuple):
    """The first value of a setting in the program, and the component that has it."""

    component: str
    value: str | None


class _FirstValues:
    """The settings that the program's jobs have agreed in so far."""

    def __init__(self) -> None:
        self.by_setting: dict[_Setting, _FirstValue] = {}


def require(
    where: str, environment_id: int, settings: JobSettings, account: Connection | Unknown
) -> None:
    """Refuse a job that differs from another one that the program has declared for the same environment.

    Values that are known only while the stack runs are not compared; `dbtcloud-datafold check` does so afterwards.

    Args:
        where: The component that declares the job, as errors name it.
        environment_id: The environment.
        settings: Of the job.
        account: The account of the environment.

    Raises:
        ConfigurationError: It differs.
    """
    first_values = run_context().part(_FirstValues).by_setting
    address = account.address if isinstance(account, Connection) else None
    problems = []
    for key in AGREED_KEYS:
        value = getattr(settings, key)
        if not is_resolved([environment_id, value]):
            continue
        first = first_values.setdefault(
            _Setting(address, environment_id, key), _FirstValue(where, value)
        )
        if value != first.value:
            problems.append(
                Problem(
                    key,
                    f"the jobs of environment {environment_id} differ in it ({first.component}: "
                    f"{first.value or 'not set'}, {where}: {value or 'not set'}); pull requests are compared with the "
                    "newest run of any of them",
                    "give them the same, or an environment of their own",
                )
            )
    if problems:
        raise ConfigurationError(where, problems)
