import pytest

from localcloud import testing
from tests.localcloud.runs import executors
from tests.localcloud.runs.barrier import Barrier
from tests.localcloud.runs.executors import executing_with
from tests.localcloud.runs.operator import Operator
from tests.localcloud.runs.repository import Repository


@pytest.fixture(scope="session")
def fake_dbt_installation(tmp_path_factory):
    """An installation of the fake dbt."""
    return executors.fake_dbt_in(tmp_path_factory.mktemp("fake"))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data directory of a module's server."""
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(scope="module")
def cloud_with_fake_dbt(data, fake_dbt_installation):
    """A server whose runs are executed with the fake dbt, for a module's tests."""
    with testing.running(data, make_executor=executing_with(fake_dbt_installation)) as cloud:
        yield cloud


@pytest.fixture
def operator(cloud_with_fake_dbt):
    """A client of that server, which holds the development seed and nothing else."""
    cloud_with_fake_dbt.control.reset()
    with Operator(cloud_with_fake_dbt, testing.TOKEN) as client:
        yield client


@pytest.fixture
def repository(operator, data):
    """A fresh repository of the seed's first project, where the server looks for it."""
    return Repository.new(data / "repositories" / "example" / "analytics")


@pytest.fixture
def barrier(barriers):
    return barriers()


@pytest.fixture
def barriers(tmp_path):
    """Makes barriers, and opens them all at the end."""
    made = []

    def make():
        made.append(Barrier(tmp_path / f"barrier-{len(made)}"))
        return made[-1]

    yield make
    for barrier in made:
        barrier.close()
