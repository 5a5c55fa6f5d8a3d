"""What the engine gives to a program, by hand: resources whose URNs are known, the stack's state, calls of hooks."""

import asyncio
import contextvars
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_dbtcloud_datafold.engine.run_context import run_context
from pulumi_dbtcloud_datafold.engine.stack_state import StackState

HEAD = "urn:pulumi:dev::program::"
JOB = "dbtcloud:index/job:Job"
TOKEN = "dbtcloud:index/serviceToken:ServiceToken"
ENVIRONMENT = "dbtcloud:index/environment:Environment"


@dataclass
class Resource:
    """What the guards ask of a resource."""

    pulumi_resource_type: str
    pulumi_resource_name: str
    known_urn: str | None
    aliases: tuple[str, ...] = ()
    _protect: bool = False

    @property
    def urn(self):
        if self.known_urn is None:
            return pulumi.Output.from_input(asyncio.get_running_loop().create_future())
        return pulumi.Output.from_input(self.known_urn)

    @property
    def _aliases(self):
        return list(self.aliases)


def component(kind="ProductionJob", name="p", parent="", aliases=()):
    """A component of ours; `parent` is the types of its parents, each with a `$`."""
    type_ = f"dbtcloud-datafold:index:{kind}"
    return Resource(type_, name, f"{HEAD}{parent}{type_}::{name}", tuple(aliases))


def child(of, type_=JOB, suffix="job", aliases=()):
    """A resource of the provider; its own URN is not known before the engine has made it."""
    return Resource(type_, f"{of.pulumi_resource_name}-{suffix}", None, tuple(aliases))


def urn_of(resource, parent):
    """The URN that the engine gives to a child."""
    head = parent.known_urn.removesuffix(f"::{parent.pulumi_resource_name}")
    return f"{head}${resource.pulumi_resource_type}::{resource.pulumi_resource_name}"


def hook_call(urn, new=None, old=None, made=None):
    """The arguments of a hook."""
    _, _, types, name = urn.split("::", 3)
    return pulumi.ResourceHookArgs(
        urn, "", name, types.rpartition("$")[2], new_inputs=new, old_outputs=old, new_outputs=made
    )


def in_a_run(program, state: dict[str, dict[str, Any]] | None = None):
    """Return what an asynchronous program returns, in a run of its own on a stack with that state."""

    async def run():
        run_context().part(StackState).outputs = state or {}
        return await program()

    return without_mocks(run)


def without_mocks(program):
    """Return what an asynchronous program returns; other tests keep Pulumi's settings as they are."""

    def run():
        pulumi.runtime.settings.reset_options("program", "dev", organization="organization")
        return asyncio.run(program())

    return contextvars.copy_context().run(run)
