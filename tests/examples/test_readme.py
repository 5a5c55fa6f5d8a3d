"""The commands of examples/README.md, typed as they stand there, beside a dev stack that is up."""

import re

import pytest

from tests.devstack.make import clone
from tests.infra.engine.deployment import ROOT

PORT = "8766"
NOT_TYPED = ("pulumi install", "yaml-host")
"""What the tests of the toolchain do, and what takes minutes."""


@pytest.fixture
def made(tmp_path):
    return clone.of(tmp_path)


def commands():
    """The commands that bring an example up, and the port they are to use instead of the written one."""
    text = (ROOT / "examples" / "README.md").read_text()
    [_, part] = text.split("## Run one on this machine, without an account")
    block = re.search(r"```sh\n(.*?)```", part, re.DOTALL)[1]
    port = str(clone.free_port())
    lines = [
        line for line in block.splitlines() if not any(command in line for command in NOT_TYPED)
    ]
    return "\n".join(lines).replace(PORT, port), port


def test_an_example_comes_up_on_a_local_dbt_cloud_of_its_own(made):
    made.environment["PULUMI_SKIP_CONFIRMATIONS"] = "true"
    # In place of `pulumi install`.
    (made.folder / "examples/one-project/venv").symlink_to(made.folder / ".venv")
    typed, port = commands()
    stop = ".venv/bin/python -m localcloud stop --data .local/examples"
    try:
        made.make("up", "PORT=0")

        output = made.sh(
            f"{typed}\npulumi stack output job_that_creates_dbt_artifacts; pulumi destroy"
        )

        assert f"http://127.0.0.1:{port}" in output
        [created] = re.findall(r"\+ (\d+) created", output)
        assert f"- {created} deleted" in output
    finally:
        made.sh(stop)
        made.make("down")
