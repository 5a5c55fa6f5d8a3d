import sys
from pathlib import Path

import pytest

from localcloud import testing
from localcloud.runs.dbt_installation import DbtInstallation
from tests.localcloud.runs import real, standin
from tests.localcloud.runs.gate import Gate
from tests.localcloud.runs.operator import Operator
from tests.localcloud.runs.repository import Repository


@pytest.fixture(scope="session")
def standin_dbt(tmp_path_factory):
    """An installation of the stand-in for dbt."""
    program = tmp_path_factory.mktemp("standin") / "dbt"
    source = Path(standin.__file__).read_text()
    program.write_text(f"#!{sys.executable} -IS\n{source}")
    program.chmod(0o755)
    return DbtInstallation(program, Path(sys.executable), "1.11.0")


@pytest.fixture(scope="session")
def localcloud_with_dbt(warm_python, warm_dbt):
    """The command, with real dbt."""
    return real.Localcloud(warm_python, warm_dbt.cache)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data directory of a module's server."""
    return tmp_path_factory.mktemp("cloud")


@pytest.fixture(scope="module")
def standin_cloud(data, standin_dbt):
    """A server whose runs are executed with the stand-in, for a module's tests."""
    with testing.running(data, make_executor=real.executing_with(standin_dbt)) as cloud:
        yield cloud


@pytest.fixture
def operator(standin_cloud):
    """A client of that server, which holds the development seed and nothing else."""
    standin_cloud.control.reset()
    with Operator(standin_cloud, testing.TOKEN) as client:
        yield client


@pytest.fixture
def repository(operator, data):
    """A fresh repository of the seed's first project, where the server looks for it."""
    return Repository.new(data / "repositories" / "example" / "analytics")


@pytest.fixture
def gate(gates):
    return gates()


@pytest.fixture
def gates(tmp_path):
    """Makes gates, and leaves nobody waiting at one."""
    made = []

    def make():
        made.append(Gate(tmp_path / f"gate-{len(made)}"))
        return made[-1]

    yield make
    for gate in made:
        gate.close()
