"""What the program shares of the account, and what a guard still asks for."""

import asyncio

import pulumi
import pytest
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.account.connection import Connection
from pulumi_dbtcloud_datafold.engine import account_contents

PROJECT = 10


@pytest.fixture
def asked(monkeypatch):
    """The questions that reach dbt Cloud, which answers each with `from dbt Cloud`."""
    questions = []

    async def ask(connection, question):
        questions.append(question)
        return "from dbt Cloud"

    monkeypatch.setattr(account_contents, "ask", ask)
    return questions


@pytest.mark.parametrize(
    ("project", "strategy", "questions"),
    [
        ({"repository": {"git_clone_strategy": "github_app"}, "repository_id": 5}, "github_app", 0),
        ({"repository": None, "repository_id": None}, None, 0),
        ({"repository": None, "repository_id": 5}, "from dbt Cloud", 1),
        ({"repository_id": 5}, "from dbt Cloud", 1),
    ],
)
def test_a_repository_that_a_list_names_by_its_number_is_asked_for(
    asked, project, strategy, questions
):
    async def program():
        url = AccessUrl.parse("https://ab123.us1.dbt.com")
        connection = Connection(1, url, pulumi.Output.from_input("a-made-up-token"))
        account_contents.share(connection.address, [{"id": PROJECT, **project}], [], [])
        return await account_contents.clone_strategy(connection, PROJECT)

    assert asyncio.run(program()) == strategy
    assert len(asked) == questions
