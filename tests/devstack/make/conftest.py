import pytest

from localcloud import process
from tests.devstack.make import clone as a_clone


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone, and a port that nobody listens on."""
    made = a_clone.with_port(tmp_path_factory.mktemp("clone"))
    yield made
    made.make("down")


@pytest.fixture
def running(clone):
    """The clone with its dev stack up, whatever another test has left of it."""
    if not process.find(clone.cloud):
        clone.make("up")
    return clone
