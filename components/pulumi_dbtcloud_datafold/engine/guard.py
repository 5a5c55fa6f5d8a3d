"""What is looked at before a resource is created or updated, in preview and in up: nothing is lost or made twice.

The engine calls the hooks before the provider does anything. All resources of a program share them: a hook finds the
guard of the resource that it is called for. A replacement is recognised by the stack's own state: the resource that is
to be created is there already.
"""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi

from pulumi_dbtcloud_datafold.engine import deletion_warnings
from pulumi_dbtcloud_datafold.engine.run_context import is_mocked, run_context
from pulumi_dbtcloud_datafold.engine.stack_state import (
    Outputs,
    at_program_end,
    is_protected,
    outputs_under_aliases,
    stack_outputs,
)

ADOPTION_VARIABLE = "DBTCLOUD_DATAFOLD_ADOPTION_PREVIEW"
"""Environment variable that `dbtcloud-datafold adopt` sets for its own preview, which looks for jobs that exist.
`pulumi up` takes no notice of it."""


STACK_PROGRAM = "dbtcloud-datafold"
"""Pulumi project whose blocks are in the stack file."""


RETRY_SECONDS = 1.0
"""The provider waits at least so long before it sends a create again (`retryIntervalSeconds`, default 10)."""


class GuardError(Exception):
    """The operation would lose a number or make a second thing of the same name; the message gives the ways out."""


@dataclass(kw_only=True)
class Guard:
    """The checks of one resource.

    Attributes:
        resource: The resource.
        parents: Its parents as far as they are known, the outermost first; the last one is its component.
        adoption_refusal: Why the resource must not be created, if it is to be adopted.
    """

    resource: pulumi.CustomResource
    parents: Sequence[pulumi.Resource]
    adoption_refusal: str | None = None

    async def before_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse to create the resource, or warn."""
        if self.adoption_refusal:
            raise GuardError(self.adoption_refusal)

    async def before_update(self, args: pulumi.ResourceHookArgs) -> None:
        """Refuse to update the resource."""

    async def after_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Report what a create has left behind that took so long that the provider may have repeated it."""

    async def old_outputs(self, args: pulumi.ResourceHookArgs) -> Outputs | None:
        """Return the outputs of the resource in the state; None if it is new."""
        return await outputs_under_aliases(args.urn, self.resource, self.parents)

    def ways_to_unprotect(self, urn: str) -> str:
        """Return how to take the protection off the resource, as the second half of a sentence; empty without one."""
        if not is_protected(self.resource):
            return ""
        if urn.split("::")[1] != STACK_PROGRAM:
            return "protect=False in its options"
        of_stack = "dbtcloud-datafold:protect: false"
        is_of_stack = ":MemberServiceToken$" in urn
        return of_stack if is_of_stack else f"protect: false in the project's block, or {of_stack}"


class Guards:
    """The guards of one run of the program."""

    def __init__(self) -> None:
        """Begin without guards."""
        self._by_ending: defaultdict[str, list[Guard]] = defaultdict(list)
        self._creates_began: dict[str, float] = {}

    @property
    def resources(self) -> list[pulumi.CustomResource]:
        """The guarded resources."""
        return [guard.resource for guards in self._by_ending.values() for guard in guards]

    def add(self, guard: Guard) -> None:
        """Let the hooks find a guard."""
        component, resource = guard.parents[-1], guard.resource
        types = f"{component.pulumi_resource_type}${resource.pulumi_resource_type}"
        self._by_ending[f"{types}::{resource.pulumi_resource_name}"].append(guard)

    async def before_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Let the resource's guard look before the resource is created."""
        await (await self._of(args.urn)).before_create(args)
        self._creates_began[args.urn] = time.monotonic()

    async def before_update(self, args: pulumi.ResourceHookArgs) -> None:
        """Let the resource's guard look before the resource is updated."""
        await (await self._of(args.urn)).before_update(args)

    async def after_create(self, args: pulumi.ResourceHookArgs) -> None:
        """Let the resource's guard look after the resource was created, if that took long."""
        if time.monotonic() - self._creates_began[args.urn] >= RETRY_SECONDS:
            await (await self._of(args.urn)).after_create(args)

    async def _of(self, urn: str) -> Guard:
        """Return the guard of a resource; parents that are not known here may have several of one name."""
        _, _, types, name = urn.split("::", 3)
        ending = "$".join(types.split("$")[-2:])
        candidates = self._by_ending[f"{ending}::{name}"]
        if len(candidates) == 1:
            # It is the one: each guard is added before the engine can know of its resource.
            return candidates[0]
        # Of a candidate that is not the one, the URN may not be known before this hook returns.
        for found in asyncio.as_completed([_if_urn(guard, urn) for guard in candidates]):
            if guard := await found:
                return guard
        message = f"no guard is known for {urn}"
        raise GuardError(message)


async def _if_urn(guard: Guard, urn: str) -> Guard | None:
    """Return the guard if its resource has the URN.

    The component's URN is known before the engine calls a hook for its child; the child's own URN is known afterwards.
    """
    component_urn = await guard.parents[-1].urn.future()
    head = urn.removesuffix(
        f"${guard.resource.pulumi_resource_type}::{guard.resource.pulumi_resource_name}"
    )
    return guard if (component_urn or "").startswith(f"{head}::") else None


class _SharedHooks:
    """The hooks of one run of the program."""

    def __init__(self) -> None:
        """Register the hooks, and the warnings of what the program no longer declares."""
        guards = run_context().part(Guards)
        at_program_end(lambda: deletion_warnings.warn(guarded_resources()))
        in_preview_too = pulumi.ResourceHookOptions(on_dry_run=True)
        # The state keeps these names for each job.
        name = "datafold:"
        self.before_create = pulumi.ResourceHook(
            f"{name} before create", guards.before_create, in_preview_too
        )
        self.before_update = pulumi.ResourceHook(
            f"{name} before update", guards.before_update, in_preview_too
        )
        self.after_create = pulumi.ResourceHook(f"{name} after create", guards.after_create)


def hooks(
    *moments: Literal["before_create", "before_update", "after_create"],
) -> pulumi.ResourceHookBinding | None:
    """Return the hooks to declare a guarded resource with; None under mocks, which have no engine to call them.

    To be called before the resource is declared: it also reads the stack's state, for which no hook may wait.
    """
    if is_mocked():
        return None
    stack_outputs()
    shared = run_context().part(_SharedHooks)
    return pulumi.ResourceHookBinding(**{moment: [getattr(shared, moment)] for moment in moments})


def add_guard(guard: Guard) -> None:
    """Let the hooks find the guard of a resource that was declared with them."""
    if not is_mocked():
        run_context().part(Guards).add(guard)


def guarded_resources() -> list[pulumi.CustomResource]:
    """Return the guarded resources that are declared so far; none under mocks."""
    return [] if is_mocked() else run_context().part(Guards).resources


def parents_of(
    component: pulumi.ComponentResource, opts: pulumi.ResourceOptions | None
) -> list[pulumi.Resource]:
    """Return the parents of a component's children, as far as they are known: the component, and its own parent."""
    return [*([opts.parent] if opts and opts.parent else []), component]


def is_adoption_preview() -> bool:
    """Tell whether `dbtcloud-datafold adopt` is previewing."""
    return bool(os.environ.get(ADOPTION_VARIABLE)) and pulumi.runtime.is_dry_run()


def whole_number(value: object) -> int | None:
    """Return a whole number from the wire, where numbers are floats; None if it is not known."""
    return int(value) if isinstance(value, int | float) else None
