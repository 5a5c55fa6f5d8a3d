import pytest

from tests.devstack.make import clone


@pytest.fixture(scope="module")
def clone_with_port(tmp_path_factory):
    """A clone, and a port that nobody listens on."""
    with clone.warmed(clone.with_port(tmp_path_factory.mktemp("clone"))) as made:
        yield made
        made.make("down")
