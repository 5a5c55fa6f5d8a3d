"""What one run of the program knows: the stack's own state, and what dbt Cloud has been asked."""

import asyncio
import weakref
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.mocks import MockMonitor

from pulumi_dbtcloud_datafold.connection import Connection
from pulumi_dbtcloud_datafold.dbt_cloud_api import DbtCloudApi

STATE_ATTEMPTS = 10
STATE_SECONDS = 0.2

T = TypeVar("T")


@dataclass
class Survey:
    """What one run of the program has found out; each question is asked once."""

    asked: dict[object, asyncio.Task[Any]] = field(default_factory=dict)

    async def once(self, question: object, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the answer, which the first one to ask waits for."""
        if question not in self.asked:
            self.asked[question] = asyncio.create_task(ask())
        answer: T = await self.asked[question]
        return answer


_surveys: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Survey]" = (
    weakref.WeakKeyDictionary()
)


def survey() -> Survey:
    """Return the survey of the running program: preview and up of one process are two programs, each with its loop."""
    return _surveys.setdefault(asyncio.get_running_loop(), Survey())


def is_mocked() -> bool:
    """Tell whether there is no engine that could call a hook."""
    return isinstance(pulumi.runtime.settings.get_monitor(), MockMonitor)


async def ask(connection: Connection, question: Callable[[DbtCloudApi], T]) -> T | None:
    """Return dbt Cloud's answer, asked in a thread; None where the token is itself still to be created.

    Raises:
        DbtCloudError: dbt Cloud cannot be reached or refuses.
    """
    token = await connection.token.future()
    if not token:
        return None

    def answer() -> T:
        with DbtCloudApi(connection.access_url, connection.account_id, token) as api:
            return question(api)

    return await asyncio.to_thread(answer)


async def recorded() -> Mapping[str, Mapping[str, Any]]:
    """Return the outputs of every resource in the stack's state, by URN."""

    async def read() -> dict[str, Mapping[str, Any]]:
        for attempt in range(1, STATE_ATTEMPTS + 1):
            try:
                found = await pulumi.runtime.invoke_async(*read_state())
            except Exception as error:
                if attempt == STATE_ATTEMPTS or not is_being_written(error):
                    raise
                await asyncio.sleep(STATE_SECONDS)
            else:
                return outputs_by_urn(found)
        raise AssertionError  # The last attempt has returned or raised.

    return await survey().once("state", read)


def read_state() -> tuple[str, dict[str, str]]:
    """Return the call of the engine that reads the stack's state."""
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    return "pulumi:pulumi:readStackResourceOutputs", {"stackName": stack}


def outputs_by_urn(found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what that call has found: each resource's outputs."""
    return {urn: entry.get("outputs", {}) for urn, entry in found["outputs"].items()}


def is_being_written(error: Exception) -> bool:
    """Tell whether the state was read while the engine wrote it: a file backend does not write it in one go."""
    return "failed to load checkpoint" in str(error)
