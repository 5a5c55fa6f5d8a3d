"""What dbt Cloud is asked while the program runs."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from pulumi_dbtcloud_datafold.account.account_plan import Plan
from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.account.connection import Address, Connection
from pulumi_dbtcloud_datafold.engine.run_context import run_context

_THREADS = ThreadPoolExecutor(4, "dbt-cloud")

AnswerT = TypeVar("AnswerT")
QuestionT = TypeVar("QuestionT")


class Once(Generic[QuestionT, AnswerT]):
    """Answers by question; each question is asked once, however many wait for the answer."""

    def __init__(self) -> None:
        """Begin without answers."""
        self._answers: dict[QuestionT, asyncio.Future[AnswerT]] = {}

    def know(self, question: QuestionT, answer: AnswerT) -> None:
        """Take an answer that the program has already, so that nobody asks."""
        known: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        known.set_result(answer)
        self._answers[question] = known

    async def ask(
        self, question: QuestionT, ask: Callable[[], Coroutine[Any, Any, AnswerT]]
    ) -> AnswerT:
        """Return the answer, or raise what the first one to ask did."""
        if question not in self._answers:
            self._answers[question] = asyncio.create_task(ask())
        return await self._answers[question]


class _Plans(Once[Address, str | None]):
    """The plans of accounts."""


async def ask(connection: Connection, question: Callable[[DbtCloudApi], AnswerT]) -> AnswerT | None:
    """Return dbt Cloud's answer, asked in a thread; None where the token is itself still to be created.

    Raises:
        DbtCloudError: dbt Cloud cannot be reached or refuses.
    """
    token = await connection.token.future()
    if not token:
        return None

    def answer() -> AnswerT:
        with DbtCloudApi(connection.access_url, connection.account_id, token) as api:
            return question(api)

    return await in_thread(answer)


async def in_thread(question: Callable[..., AnswerT], *arguments: object) -> AnswerT:
    """Return what a question to dbt Cloud answers, asked in a thread.

    The threads of the event loop cannot be used: Pulumi's SDK waits in them for the engine to make resources, and the
    engine may be waiting for the hook that asks.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, question, *arguments)


async def plan_of(connection: Connection) -> Plan | None:
    """Return the account's plan; None if the token is itself still to be created.

    Raises:
        DbtCloudError: The account cannot be asked.
    """
    name = (
        await run_context()
        .part(_Plans)
        .ask(
            connection.address,
            lambda: ask(connection, lambda api: str(api.account().get("plan"))),
        )
    )
    return None if name is None else Plan(name)
