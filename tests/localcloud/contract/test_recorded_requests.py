"""Every request that the official Terraform provider was recorded to send is answered as it needs.

The recordings are those of `tests/toolchain/provider`. The server they were made against counted ids from 1000,
as this one does, so the requests can be sent as they are.
"""

import json
from pathlib import Path

import httpx
import pytest

from localcloud import testing
from localcloud.state.store import FIRST_ID
from localcloud.testing import NO_TLS
from tests.localcloud.contract.client import AUTH

RECORDINGS = Path(__file__).parents[2] / "toolchain" / "provider" / "recordings"

SEED = """
accounts:
  - id: 12
    name: Recorded
    plan: team
    service_tokens: [{id: 1, name: local, value: local-dbt-cloud, permission_set: owner}]
    projects:
      - id: 1
        name: Analytics
        environments: [{id: 2, name: Production}, {id: 3, name: CI}]
      - {id: 3, name: Other}
"""

REFUSED = {"job-invalid-cron-without-type.jsonl": {"schedule"}}
"""Fields that this server checks and the recordings' server did not."""

IMPOSSIBLE = {"job-move.jsonl"}
"""Has a job whose environment is in another project, and goes on with it."""


def requests(file):
    lines = map(json.loads, (RECORDINGS / file).read_text().splitlines())
    return [line for line in lines if line["phase"] == "http"]


FILES = [
    path.name
    for path in sorted(RECORDINGS.iterdir())
    if requests(path.name) and path.name not in IMPOSSIBLE
]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A server with the account, projects and environments of the recordings."""
    seed = tmp_path_factory.mktemp("seed") / "seed.yaml"
    seed.write_text(SEED)
    with testing.running(tmp_path_factory.mktemp("cloud"), seed) as cloud:
        yield cloud


@pytest.fixture
def send(recorded):
    """Return a function that sends a recorded request; it fails first where it had failed."""
    recorded.control.reset()
    with recorded.store.writing() as session:
        session.set_fact("next_id", str(FIRST_ID))
    with httpx.Client(base_url=recorded.origin, headers=AUTH, verify=NO_TLS) as client:

        def sent(line):
            if line["status"] == 404:
                client.delete(line["path"])
            elif line["status"] >= 400:
                recorded.control.plan({"path": line["path"], "status": line["status"]})
            return client.request(line["method"], line["path"], json=line["body"])

        yield sent


@pytest.mark.parametrize("file", FILES)
def test_a_recorded_request_is_answered_and_reads_back_as_it_was_sent(send, file):
    refused = set()
    for line in requests(file):
        answer = send(line)
        data = answer.json()["data"]

        if answer.status_code == 400 and file in REFUSED:
            refused |= set(data)
            continue
        assert answer.status_code in ((200, 201) if line["status"] == 200 else (line["status"],)), (
            answer.text
        )
        if line["status"] == 200 and line["method"] == "POST" and "/jobs/" in line["path"]:
            assert data == data | read_back(line["body"])

    assert refused == REFUSED.get(file, set())


def read_back(sent):
    """The fields of a job whose answer the provider compares with what it has sent."""
    own = {"id", "schedule", "job_type", "cost_optimization_features", "force_node_selection"}
    return {name: value for name, value in sent.items() if name not in own}
