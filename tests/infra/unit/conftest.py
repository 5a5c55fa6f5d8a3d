"""A stack file, loaded without an engine."""

import asyncio
import json

import pulumi
import pytest
from pulumi_dbtcloud_datafold import ConfigurationError

from infra import config

ANALYTICS = {
    "project_id": 10,
    "environments": {"production": {"id": 101}, "pull_request": {"id": 102}},
    "merge_job": {},
}

CONNECTION = {"dbtcloud:accountId": "1", "dbtcloud:token": "a-made-up-token"}


@pytest.fixture
def event_loop():
    """A loop for the Outputs of a test, whose tasks end with it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def load(monkeypatch, tmp_path, event_loop):
    """Load a configuration given as the blocks under our namespace and the keys under dbtcloud.

    A block that is text stands for what a person wrote without making it a block.
    """
    for name in ("DBT_CLOUD_ACCOUNT_ID", "DBT_CLOUD_HOST_URL", "DBT_CLOUD_TOKEN", "PULUMI_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    pulumi.runtime.settings.reset_options(stack="dev", root_directory=str(tmp_path))

    def load_blocks(blocks, connection=CONNECTION, secrets=("dbtcloud:token",)):
        ours = {
            f"dbtcloud-datafold:{key}": block if isinstance(block, str) else json.dumps(block)
            for key, block in blocks.items()
        }
        pulumi.runtime.set_all_config({**connection, **ours}, [*secrets])
        return config.load("Pulumi.dev.yaml")

    yield load_blocks
    pulumi.runtime.set_all_config({}, [])


@pytest.fixture
def problems_of(load):
    """What is wrong with a configuration, by path: the problem and its fix."""

    def refused(*arguments, **keywords):
        with pytest.raises(ConfigurationError) as refusal:
            load(*arguments, **keywords)
        return {problem.path: (problem.problem, problem.fix) for problem in refusal.value.problems}

    return refused
