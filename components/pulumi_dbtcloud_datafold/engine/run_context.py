"""What one run of the program knows: the stack's own state, and what dbt Cloud has been asked."""

import asyncio
import weakref
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import pulumi
from pulumi.resource import DependencyResource
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.sync_await import _sync_await

from pulumi_dbtcloud_datafold.account.api_client import DbtCloudApi
from pulumi_dbtcloud_datafold.account.connection import Connection

STATE_ATTEMPTS = 10
STATE_SECONDS = 0.2

_THREADS = ThreadPoolExecutor(4, "dbt-cloud")

T = TypeVar("T")


@dataclass
class RunContext:
    """What one run of the program has found out; each question is asked once.

    Attributes:
        claimed: Which resource of this program makes the job of a name in an environment.
        declared: The guarded resources of the program.
        began: About when this update began: no job of the state before it is newer.
        agreed: By environment and setting, the component that was the first to say it, and its value.
    """

    answers: dict[object, Any] = field(default_factory=dict)
    pending: dict[object, asyncio.Task[Any]] = field(default_factory=dict)
    claimed: dict[object, str] = field(default_factory=dict)
    declared: list[pulumi.CustomResource] = field(default_factory=list)
    agreed: dict[object, tuple[str, Any]] = field(default_factory=dict)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def once(self, question: object, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the answer, which the first one to ask waits for."""
        if question not in self.answers:
            if question not in self.pending:
                self.pending[question] = asyncio.create_task(ask())
            self.answers[question] = await self.pending[question]
            # A task would keep its loop alive, and with it this survey.
            self.pending.pop(question, None)
        answer: T = self.answers[question]
        return answer


_surveys: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, RunContext]" = (
    weakref.WeakKeyDictionary()
)


def survey() -> RunContext:
    """Return the survey of the running program: preview and up of one process are two programs, each with its loop."""
    return _surveys.setdefault(asyncio.get_running_loop(), RunContext())


def note_declared(resource: pulumi.CustomResource) -> None:
    """Take note of a guarded resource, for what is said of those that are not declared any more."""
    if not is_mocked():
        survey().declared.append(resource)


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

    return await in_thread(answer)


async def in_thread(question: Callable[..., T], *arguments: object) -> T:
    """Return what a question to dbt Cloud answers, asked in a thread.

    Not in a thread of the event loop: there Pulumi's SDK waits for the engine to make resources, and the engine, in
    turn, may be waiting for the hook that asks.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, question, *arguments)


async def recorded() -> Mapping[str, Mapping[str, Any]]:
    """Return the outputs of every resource in the stack's state, by URN."""
    return await survey().once("state", _read_state)


def recorded_now() -> Mapping[str, Mapping[str, Any]]:
    """Return the same where a program must decide at once; nothing under mocks.

    Who declares a resource with a hook that needs the state calls this first: a hook that asked could wait for ever,
    as `in_thread` says.
    """
    if is_mocked():
        return {}
    found: Mapping[str, Mapping[str, Any]] = _sync_await(recorded())
    return found


async def recorded_as(
    urn: str, lineage: Sequence[pulumi.Resource | None]
) -> Mapping[str, Any] | None:
    """Return the outputs of a resource in the state, under its URN or one it had before.

    Args:
        urn: Its URN now.
        lineage: The resource with its parents, the outermost first. The engine gives a child the aliases of its parents
            too, and these are worked out here again: it does not tell hooks what it has found.
    """
    state = await recorded()
    every: list[str] = []
    earlier: list[str] = []
    parent_name = ""
    for resource in filter(None, lineage):
        if isinstance(resource, DependencyResource):
            continue  # Declared in another language: all that is known here is its URN.
        name, kind = resource.pulumi_resource_name, resource.pulumi_resource_type
        inherited = [_of_child(alias, parent_name, kind, name) for alias in every]
        earlier = [_of_child(alias, parent_name, kind, name) for alias in earlier]
        given = [await pulumi.Output.from_input(alias).future() for alias in resource._aliases]
        own = [alias for alias in given if alias and alias not in inherited]
        every, earlier = [*inherited, *own], [*earlier, *own]
        if resource is not lineage[-1] and await resource.urn.future() in state:
            # What is there under its own name has no earlier one for the engine, and so for its children.
            earlier = []
        parent_name = name
    return next((state[known] for known in (urn, *earlier) if known in state), None)


def _of_child(parent_urn: str, parent_name: str, kind: str, name: str) -> str:
    """Return what a child's URN was when its parent had another one; its name follows the parent's."""
    head, _, old_name = parent_urn.rpartition("::")
    if name.startswith(parent_name):
        name = old_name + name.removeprefix(parent_name)
    return f"{head}${kind}::{name}"


async def _read_state() -> dict[str, Mapping[str, Any]]:
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"

    async def read() -> dict[str, Mapping[str, Any]]:
        found = await pulumi.runtime.invoke_async(
            "pulumi:pulumi:readStackResourceOutputs", {"stackName": stack}
        )
        return {urn: entry.get("outputs", {}) for urn, entry in found["outputs"].items()}

    for _ in range(STATE_ATTEMPTS - 1):
        try:
            return await read()
        except Exception as error:
            # A file backend does not write the state in one go, and the engine writes while programs run.
            if "failed to load checkpoint" not in str(error):
                raise
        await asyncio.sleep(STATE_SECONDS)
    return await read()
