import pytest

from tests.make import clone


@pytest.fixture(scope="module")
def clone_with_port(tmp_path_factory):
    """A clone, and a port that nobody listens on."""
    made = clone.with_port(tmp_path_factory.mktemp("clone"))
    yield made
    made.make("down")
