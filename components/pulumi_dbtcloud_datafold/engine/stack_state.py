"""What the stack's state holds, and how the engine finds a resource in it.

Only this module uses private parts of the SDK.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi
from pulumi.resource import DependencyResource
from pulumi.runtime.sync_await import _sync_await

from pulumi_dbtcloud_datafold.engine.run_context import is_mocked, run_context

STATE_ATTEMPTS = 10
STATE_SECONDS = 0.2

JOB_TYPE = "dbtcloud:index/job:Job"
SERVICE_TOKEN_TYPE = "dbtcloud:index/serviceToken:ServiceToken"  # noqa: S105 - a type, no secret

Outputs = Mapping[str, Any]
"""The outputs of a resource, by the names of the provider's schema."""


class StackState:
    """The outputs of every resource, by URN; None until they are read."""

    outputs: Mapping[str, Outputs] | None = None


def stack_outputs() -> Mapping[str, Outputs]:
    """Return the outputs of every resource in the stack's state, by URN; nothing under mocks.

    The first call of a run waits for the engine. Hooks do not wait: what declares a resource with a hook that needs the
    state calls this first.
    """
    if is_mocked():
        return {}
    state = run_context().part(StackState)
    if state.outputs is None:
        state.outputs = _sync_await(_read())
    return state.outputs


def at_program_end(action: Callable[[], None]) -> None:
    """Call an action once the program has declared everything; not if the program fails.

    Pulumi gives no other sign of the end than that it registers the stack's outputs. A component that an engine's
    plugin makes, for a program in another language, knows of no end.
    """
    stack = pulumi.runtime.get_root_resource()
    if not isinstance(stack, pulumi.ComponentResource):
        return
    register = stack.register_outputs

    def act_and_register(outputs: pulumi.Inputs) -> None:
        if sys.exception() is None:
            action()
        register(outputs)

    stack.register_outputs = act_and_register  # type: ignore[method-assign]


def is_protected(resource: pulumi.Resource) -> bool:
    """Tell whether Pulumi refuses to replace a resource, by its own options or those that it has from its parents."""
    return bool(resource._protect)


async def outputs_under_aliases(
    urn: str, resource: pulumi.Resource, parents: Sequence[pulumi.Resource]
) -> Outputs | None:
    """Return the outputs of a resource in the state, under its URN or one it had before.

    The engine does not tell hooks what it has found in the state. It gives a child the aliases of its parents too; this
    works them out in the same way.

    Args:
        urn: The resource's URN now.
        resource: The resource.
        parents: Its parents, the outermost first.
    """
    state = stack_outputs()
    if urn in state or not state:
        return state.get(urn)
    all_urns: list[str] = []
    old_urns: list[str] = []
    parent_name = ""
    for link in (*parents, resource):
        if isinstance(link, DependencyResource):
            continue  # Declared in another language: only its URN is known here.
        name, type_token = link.pulumi_resource_name, link.pulumi_resource_type
        inherited = [_of_child(alias, parent_name, type_token, name) for alias in all_urns]
        old_urns = [_of_child(alias, parent_name, type_token, name) for alias in old_urns]
        aliases = [await pulumi.Output.from_input(alias).future() for alias in link._aliases]
        own = [alias for alias in aliases if alias and alias not in inherited]
        all_urns, old_urns = [*inherited, *own], [*old_urns, *own]
        if link is not resource and await link.urn.future() in state:
            # The engine looks for no earlier name of what is there under its own, and so for none of its children.
            old_urns = []
        parent_name = name
    return next((state[known] for known in old_urns if known in state), None)


def _of_child(parent_urn: str, parent_name: str, type_token: str, name: str) -> str:
    """Return what a child's URN was when its parent had another one; its name follows the parent's."""
    head, _, old_name = parent_urn.rpartition("::")
    if name.startswith(parent_name):
        name = old_name + name.removeprefix(parent_name)
    return f"{head}${type_token}::{name}"


async def _read() -> dict[str, Outputs]:
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"

    async def read() -> dict[str, Outputs]:
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
