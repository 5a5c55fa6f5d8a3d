"""The stack's state, and what the engine would find in it for a resource."""

import pulumi
import pytest
from pulumi_dbtcloud_datafold.engine import stack_state
from pulumi_dbtcloud_datafold.engine.stack_state import outputs_under_aliases, stack_outputs

from tests.components.unit.engine import (
    HEAD,
    JOB,
    child,
    component,
    in_a_run,
    urn_of,
    without_mocks,
)

INTEGRATION = "dbtcloud-datafold:index:DatafoldIntegration"
PRODUCTION = "dbtcloud-datafold:index:ProductionJob"
OUTPUTS = {"jobId": 7.0}


def found(state, parents, resource):
    """What is found for a child of the last one of the parents."""
    urn = urn_of(resource, parents[-1])
    return in_a_run(lambda: outputs_under_aliases(urn, resource, parents), state)


@pytest.fixture
def engine(monkeypatch):
    """Answers to the question for the state, in turn; those that are errors are raised."""
    answers = []

    async def invoke(token, arguments):
        assert token == "pulumi:pulumi:readStackResourceOutputs"
        assert arguments == {"stackName": "organization/program/dev"}
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"outputs": {urn: {"outputs": outputs} for urn, outputs in answer.items()}}

    monkeypatch.setattr(pulumi.runtime, "invoke_async", invoke)
    monkeypatch.setattr(stack_state, "STATE_SECONDS", 0.001)
    return answers


async def ask_twice():
    return stack_outputs(), stack_outputs()


def test_the_state_is_asked_for_once_in_a_run(engine):
    engine += [{"a": OUTPUTS}, {"b": OUTPUTS}]

    assert without_mocks(ask_twice) == ({"a": OUTPUTS}, {"a": OUTPUTS})
    assert without_mocks(ask_twice) == ({"b": OUTPUTS}, {"b": OUTPUTS})


def test_a_state_that_is_being_written_is_read_again(engine):
    engine += [Exception("failed to load checkpoint: unexpected end"), {"a": OUTPUTS}]

    assert without_mocks(ask_twice)[0] == {"a": OUTPUTS}


@pytest.mark.parametrize(
    ("errors", "attempts"),
    [("failed to load checkpoint", stack_state.STATE_ATTEMPTS), ("no such stack", 1)],
)
def test_any_other_error_and_the_last_one_are_raised(engine, errors, attempts):
    engine += [Exception(errors) for _ in range(20)]

    with pytest.raises(Exception, match=errors):
        without_mocks(ask_twice)

    assert len(engine) == 20 - attempts


def test_a_job_that_was_flat_before_is_found_by_an_alias_of_its_own():
    parent = component()
    flat = f"{HEAD}{JOB}::nightly"

    assert found({flat: OUTPUTS}, [parent], child(parent, aliases=[flat])) == OUTPUTS


def test_a_parent_of_another_language_is_passed_over():
    async def program():
        above = pulumi.resource.DependencyResource(f"{HEAD}acme:index:Team::team")
        parent = component(
            parent="acme:index:Team$", aliases=[f"{HEAD}acme:index:Team${PRODUCTION}::old"]
        )
        resource = child(parent)
        return await outputs_under_aliases(urn_of(resource, parent), resource, [above, parent])

    state = {f"{HEAD}acme:index:Team${PRODUCTION}${JOB}::old-job": OUTPUTS}

    assert in_a_run(program, state) == OUTPUTS
