import socket

import pytest

from tests.make import clone


@pytest.fixture(scope="module")
def clone_with_port(tmp_path_factory):
    """A clone, and a port that nobody listens on."""
    made = clone.of(tmp_path_factory.mktemp("clone"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made.environment["PORT"] = str(port)
    yield made
    made.make("down")
