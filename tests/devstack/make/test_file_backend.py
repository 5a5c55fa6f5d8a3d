"""The state of a stack, as `make` reads it."""

import json

import pytest

from devstack.file_backend import PROVIDER, FileBackend, UnreadableStateError


@pytest.fixture
def state(tmp_path):
    """Where the state of a stack is to be."""
    file = tmp_path / "stacks" / "project" / "dev.json"
    file.parent.mkdir(parents=True)
    return file


@pytest.mark.parametrize("text", ["", "{", "{}", "[]"])
def test_a_state_that_was_not_written_whole_is_told_with_the_way_out(state, text):
    state.write_text(text)
    state.with_name("dev.json.bak").touch()

    with pytest.raises(UnreadableStateError, match=f"mv {state}.bak {state}"):
        FileBackend(state.parents[2]).port_of("project/dev")


def test_a_default_provider_has_no_port_of_its_own(state):
    # As `pulumi import` leaves it in a stack that has nothing else.
    provider = {"type": PROVIDER, "inputs": {"version": "1.11.11"}}
    document = {"checkpoint": {"latest": {"resources": [provider]}}}
    state.write_text(json.dumps(document))

    assert FileBackend(state.parents[2]).port_of("project/dev") is None
