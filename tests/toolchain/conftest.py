import pytest

from toolchain import home


@pytest.fixture(scope="session")
def private_home(tmp_path_factory):
    """A home with the engine that is built, our own language host and the fake provider."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAFOLD_ENGINE", "build")
        patch.setenv("DATAFOLD_RELEASES", "off")
        return home.prepare(tmp_path_factory.mktemp("home"), print)
