"""What all jobs of an environment must agree in."""

import asyncio

import pulumi
import pytest
from pulumi_dbtcloud_datafold import ConfigurationError
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.connection import Connection, Unknown
from pulumi_dbtcloud_datafold.jobs.environment_consistency import require
from pulumi_dbtcloud_datafold.jobs.merge_job import MergeJobSettings

UNKNOWN = Unknown([])


def settings(**given):
    return MergeJobSettings.model_validate(given)


def account(number):
    return Connection(number, AccessUrl("https://a.b"), pulumi.Output.secret("made-up"))


def check(*jobs):
    """Declare jobs, each an environment, its settings and an account, in one run; return the problems of the last."""

    async def program():
        for number, (environment_id, given, where) in enumerate(jobs, start=1):
            known = where if isinstance(where, Unknown) else account(where)
            require(f"MergeJob '{number}'", environment_id, given, known)

    try:
        asyncio.run(program())
    except ConfigurationError as error:
        return {problem.path: problem.problem for problem in error.problems}
    return {}


def test_all_differences_are_reported_at_once():
    other = settings(target_name="prod", dbt_version="latest")

    assert check((101, settings(), 1), (101, other, 1)).keys() == {"target_name", "dbt_version"}


@pytest.mark.parametrize("elsewhere", [(102, 1), (101, 2)])
def test_jobs_of_another_environment_or_account_may_differ(elsewhere):
    environment_id, number = elsewhere

    assert check((101, settings(), 1), (environment_id, settings(target_name="x"), number)) == {}


def test_what_is_known_only_later_is_not_compared():
    async def program():
        later = pulumi.Output.from_input("x")
        for given in (settings(target_name=later), settings(), settings(target_name=later)):
            require("MergeJob 'm'", 101, given, UNKNOWN)
        for given in (settings(), settings(target_name="x")):
            require("MergeJob 'm'", pulumi.Output.from_input(102), given, UNKNOWN)  # type: ignore[arg-type]

    asyncio.run(program())


def test_another_run_begins_anew():
    assert check((101, settings(), 1)) == {}
    assert check((101, settings(target_name="x"), 1)) == {}
