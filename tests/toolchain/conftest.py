import pytest

from toolchain import home


@pytest.fixture(scope="session")
def private_home(tmp_path_factory):
    """A home with the engine that is built and our own language host, whatever is on PATH."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAFOLD_ENGINE", "build")
        return home.prepare(tmp_path_factory.mktemp("home"), print)
