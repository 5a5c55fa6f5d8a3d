"""The hooks that all resources of a program share find the guard of the one they are called for."""

import asyncio
from dataclasses import dataclass, field

import pytest
from pulumi_dbtcloud_datafold.engine import guard as subject
from pulumi_dbtcloud_datafold.engine.guard import Guard, GuardError, Guards, add_guard

from tests.components.unit.engine import child, component, hook_call, in_a_run, urn_of


@dataclass(kw_only=True)
class NotingGuard(Guard):
    noted: list = field(default_factory=list)

    async def before_create(self, args):
        await super().before_create(args)
        self.noted.append(("before_create", args.urn))

    async def before_update(self, args):
        self.noted.append(("before_update", args.urn))

    async def after_create(self, args):
        self.noted.append(("after_create", args.urn))


def guarded(parent, **more):
    """A guard, and the URN of its resource."""
    resource = child(parent)
    return NotingGuard(resource=resource, parents=[parent], **more), urn_of(resource, parent)


@pytest.mark.parametrize("moment", ["before_create", "before_update"])
def test_a_hook_calls_the_guard_of_its_resource_alone(moment):
    async def program():
        guards = Guards()
        (one, urn), (other, _) = guarded(component(name="a")), guarded(component(name="b"))
        guards.add(one)
        guards.add(other)
        await getattr(guards, moment)(hook_call(urn))
        return one.noted == [(moment, urn)] and other.noted == []

    assert in_a_run(program)


@pytest.mark.parametrize(("seconds", "is_looked_after"), [(0, True), (float("inf"), False)])
def test_only_a_create_that_may_have_been_repeated_is_looked_after(
    monkeypatch, seconds, is_looked_after
):
    monkeypatch.setattr(subject, "RETRY_SECONDS", seconds)

    async def program():
        guards = Guards()
        one, urn = guarded(component())
        guards.add(one)
        await guards.before_create(hook_call(urn))
        await guards.after_create(hook_call(urn))
        return [moment for moment, _ in one.noted]

    assert in_a_run(program) == ["before_create", *["after_create"] * is_looked_after]


@pytest.mark.parametrize("is_other_made", [True, False])
@pytest.mark.parametrize("first", [0, 1])
def test_resources_of_one_name_are_distinguished_by_all_their_parents(first, is_other_made):
    async def program():
        guards = Guards()
        parents = [component(parent="acme:index:Team$"), component(parent="acme:index:Squad$")]
        own, urn = guarded(parents[first])
        other, _ = guarded(parents[1 - first])
        if not is_other_made:
            # The engine perhaps waits for this hook before it makes the other one.
            other.parents[0].known_urn = None
        for guard in (own, other) if first else (other, own):
            guards.add(guard)
        await asyncio.wait_for(guards.before_create(hook_call(urn)), 5)
        return own.noted == [("before_create", urn)] and other.noted == []

    assert in_a_run(program)


def test_a_resource_without_a_guard_is_not_created():
    async def program():
        guards = Guards()
        one, urn = guarded(component(name="a"))
        guards.add(one)
        await guards.before_create(hook_call(urn.replace("::a-job", "::b-job")))

    with pytest.raises(GuardError, match="no guard is known"):
        in_a_run(program)


def test_what_must_be_adopted_is_not_created():
    async def program():
        guards = Guards()
        one, urn = guarded(component(), adoption_refusal="it would be a second one")
        guards.add(one)
        await guards.before_create(hook_call(urn))

    with pytest.raises(GuardError, match="it would be a second one"):
        in_a_run(program)


def test_the_guarded_resources_are_listed():
    async def program():
        guards = [guarded(component(name=name))[0] for name in ("a", "b")]
        for guard in guards:
            add_guard(guard)
        return subject.guarded_resources() == [guard.resource for guard in guards]

    assert in_a_run(program)
