"""How the account is found: by what a component is given, by the stack's configuration, by the environment."""

import asyncio

import pulumi
import pytest
from pulumi_dbtcloud_datafold import ConfigurationError
from pulumi_dbtcloud_datafold.account.connection import (
    Address,
    Connection,
    ConnectionSettings,
    Unknown,
    find,
    read_address,
    require_address,
    resolve,
)

STACK = {
    "dbtcloud:accountId": "2",
    "dbtcloud:hostUrl": "https://stack.dbt.com/api",
    "dbtcloud:token": "of-the-stack",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Return a function that sets the provider's environment variables; at first there are none."""
    names = ("ACCOUNT_ID", "HOST_URL", "TOKEN")
    for name in names:
        monkeypatch.delenv(f"DBT_CLOUD_{name}", raising=False)
    pulumi.runtime.set_all_config({})
    yield lambda *values: [
        monkeypatch.setenv(f"DBT_CLOUD_{name}", value)
        for name, value in zip(names, values, strict=True)
    ]
    pulumi.runtime.set_all_config({})


def found(settings):
    """Number, address and token of the account."""

    async def program():
        connection = find(settings)
        assert isinstance(connection, Connection)
        assert await connection.token.is_secret()
        token = await connection.token.future()
        return connection.account_id, connection.access_url.origin, token

    return asyncio.run(program())


def paths(unknown):
    assert isinstance(unknown, Unknown)
    return [problem.path for problem in unknown.problems]


OF_ENVIRONMENT = (1, "https://env.dbt.com", "of-the-environment")
OF_STACK = (2, "https://stack.dbt.com", "of-the-stack")
GIVEN = {"account_id": 3, "access_url": "given.dbt.com/", "token": "given"}


@pytest.mark.parametrize(
    ("stack", "given", "account"),
    [
        ({}, {}, OF_ENVIRONMENT),
        ({"dbtcloud:token": ""}, {}, OF_ENVIRONMENT),
        (STACK, {}, OF_STACK),
        (STACK, GIVEN, (3, "https://given.dbt.com", "given")),
        (STACK, {"account_id": 3}, (3, *OF_STACK[1:])),
    ],
)
def test_what_is_given_comes_before_the_stack_and_that_before_the_environment(
    environment, stack, given, account
):
    environment("1", "env.dbt.com", "of-the-environment")
    pulumi.runtime.set_all_config(stack)

    assert found(ConnectionSettings.model_validate(given)) == account


def test_all_that_is_missing_is_reported_at_once():
    assert paths(find()) == ["dbtcloud:accountId", "dbtcloud:token"]


def test_an_address_needs_no_token(environment):
    environment("1", "http://env.dbt.com", "")

    with pytest.raises(ConfigurationError, match="MergeJob 'm': 1 problem") as refused:
        require_address(None, "MergeJob 'm'")
    assert refused.value.problems[0].path == "dbtcloud:hostUrl"


@pytest.mark.parametrize("number", [None, "", "12 3", "1.0", "-1", "\u00b2", "ten"])
def test_the_number_of_an_account_is_a_whole_number(number):
    assert paths(read_address(number, "a.b")) == ["dbtcloud:accountId"]


def test_the_command_line_reports_all_that_is_missing_too():
    assert paths(resolve("1", "https://", None)) == ["dbtcloud:hostUrl", "dbtcloud:token"]
    assert resolve("1", "a.dbt.com", "made-up") == (read_address("1", "a.dbt.com"), "made-up")


def test_two_connections_to_one_account_have_one_address():
    async def program():
        account = read_address("1", "a.dbt.com")
        assert isinstance(account, Address)
        one, other = (
            Connection(account.account_id, account.access_url, pulumi.Output.secret(token))
            for token in ("a", "b")
        )
        return one.address == other.address == account

    assert asyncio.run(program())


def test_a_token_is_not_shown():
    assert "made-up" not in repr(ConnectionSettings.model_validate({"token": "made-up"}))
