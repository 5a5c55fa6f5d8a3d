"""What belongs to one run of the program."""

import asyncio
from collections import UserList

import pulumi
from pulumi_dbtcloud_datafold.engine import run_context as subject
from pulumi_dbtcloud_datafold.engine.run_context import run_context

from tests.components.unit.engine import without_mocks


class Notes(UserList):
    pass


async def note(text):
    run_context().part(Notes).append(text)
    return list(run_context().part(Notes))


def test_runs_at_the_same_time_are_kept_apart():
    loops = [asyncio.new_event_loop(), asyncio.new_event_loop()]
    for loop in loops:
        loop.run_until_complete(note("a"))

    assert [loop.run_until_complete(note("b")) for loop in loops] == [["a", "b"], ["a", "b"]]
    for loop in loops:
        loop.close()


def test_a_run_that_has_ended_is_forgotten():
    asyncio.run(note("a"))
    asyncio.run(note("b"))

    assert sum(loop.is_closed() for loop in subject._contexts) == 1


def test_the_context_of_a_component_provider_is_that_of_all_its_components():
    async def construct(text):
        # As the SDK's server does for each component.
        pulumi.runtime.settings.reset_options(project="program", stack="dev")
        return await note(text)

    async def program():
        return [await asyncio.create_task(construct(text)) for text in ("a", "b")]

    assert without_mocks(program) == [["a"], ["a", "b"]]
