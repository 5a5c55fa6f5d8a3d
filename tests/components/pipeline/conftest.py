import queue
import socket
import sys
from pathlib import Path

import pytest

from localcloud import testing
from localcloud.testing import RunningCloud
from tests.components.pipeline import git_providers
from tests.components.pipeline.directed_executor import DirectedExecutor
from tests.components.pipeline.runners import GitHubRunner, GitLabRunner, made_for
from tests.localcloud.contract.client import Client, triggers

SEED = Path(__file__).with_name("seed.yaml")
OWNER = "owner-of-the-test-account"
TOKEN = "dbtc_made-up-pipeline-token"
TOKEN_ELSEWHERE = "dbtc_made-up-other-token"


@pytest.fixture(scope="session")
def directed_cloud(tmp_path_factory):
    made = []

    def make_executor(*arguments):
        made.append(DirectedExecutor(*arguments))
        return made[0]

    folder = tmp_path_factory.mktemp("cloud")
    with testing.running(folder, SEED, make_executor=make_executor) as cloud:
        yield cloud, made[0]


@pytest.fixture
def cloud(directed_cloud) -> RunningCloud:
    cloud, executor = directed_cloud
    cloud.control.reset()
    executor.next_ends, executor.holds, executor.submitted = [], False, queue.SimpleQueue()
    return cloud


@pytest.fixture
def executor(cloud, directed_cloud):
    """What directs the runs of `cloud`."""
    return directed_cloud[1]


@pytest.fixture
def owner(cloud):
    with Client(cloud, OWNER) as client:
        yield client


@pytest.fixture
def job_id(owner):
    """A job that only the API starts, as `merge_job: {trigger: pipeline}` declares it."""
    return owner.job(name="Merge", triggers=triggers())["id"]


@pytest.fixture
def runs(owner, job_id):
    """Ask for the runs of the job, oldest first, with what started them."""
    query = f"job_definition_id={job_id}&order_by=id&include_related=[%22trigger%22]"
    return lambda: owner.get(f"{owner.v2}/runs/?{query}")


@pytest.fixture(params=[GitHubRunner, GitLabRunner], ids=["github", "gitlab"])
def runner(request, tmp_path):
    """A runner of each git host, with the token among the repository's secrets."""
    return request.param(tmp_path, {"DBT_CLOUD_TOKEN": TOKEN})


@pytest.fixture
def github_runner(tmp_path):
    return GitHubRunner(tmp_path, {"DBT_CLOUD_TOKEN": TOKEN})


@pytest.fixture
def made(runner, cloud, job_id):
    """The generated pipeline for the job, for the runner's git host."""
    return made_for(runner.kind, cloud, job_id)


@pytest.fixture
def unused_port():
    """A port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def dev_cloud(tmp_path):
    """A local dbt Cloud with the development seed, whose runs succeed at once."""
    with testing.running(tmp_path / "dev-cloud") as running:
        yield running


@pytest.fixture(scope="session")
def git_provider_packages():
    """The extras github and gitlab, for this process."""
    sys.path.append(str(git_providers.folder()))
