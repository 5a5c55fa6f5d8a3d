"""The state of a stack, as `make` reads it."""

import json
import os
import socket

import pytest

from devstack.file_backend import PROVIDER, FileBackend, UnreadableStateError


@pytest.fixture
def state(tmp_path):
    """Where the state of a stack is to be."""
    file = tmp_path / "stacks" / "project" / "dev.json"
    file.parent.mkdir(parents=True)
    return file


@pytest.mark.parametrize("text", ["", "{", "{}", "[]"])
def test_a_state_that_was_not_written_whole_is_reported_with_the_fix(state, text):
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


HERE = socket.gethostname()


@pytest.mark.parametrize(
    ("name", "holder", "text", "is_dead"),
    [
        ("a.json", {"pid": os.getpid(), "hostname": HERE}, f"process {os.getpid()} on", False),
        ("a.json", {"pid": 2**22 + 1, "hostname": HERE}, f"process {2**22 + 1} on {HERE}", True),
        ("a.json", {"pid": 2**22 + 1, "hostname": "elsewhere"}, "on elsewhere", False),
        ("a.json", None, "an interrupted run", True),
        ("a.json.0c1d.tmp", None, "an interrupted run", True),
    ],
    ids=["alive", "ended", "elsewhere", "not-written", "begun"],
)
def test_a_lock_is_dead_where_its_process_is(tmp_path, name, holder, text, is_dead):
    file = tmp_path / "locks" / "organization" / "project" / "dev" / name
    file.parent.mkdir(parents=True)
    # Pulumi does not write a lock in one go.
    file.write_text(json.dumps(holder) if holder else "")

    [lock] = FileBackend(tmp_path).locks("project/dev")

    assert text in lock.holder
    assert lock.is_dead is is_dead
