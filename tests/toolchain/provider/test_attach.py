"""A provider that was started by hand serves the commands that PULUMI_DEBUG_PROVIDERS points to it."""

from contextlib import closing

import pulumi
import pulumi_dbtcloud as dbtcloud
import pytest
from pulumi import automation

from localcloud import testing
from tests.toolchain.provider.provider_process import ProviderProcess


@pytest.fixture
def provider():
    """A provider without an engine, as for a debugger."""
    with closing(ProviderProcess()) as running:
        yield running


def test_one_provider_serves_several_commands(private_home, provider, cloud, tmp_path):
    def program():
        settings = {"account_id": 1, "host_url": cloud.url, "token": testing.TOKEN}
        options = pulumi.ResourceOptions(provider=dbtcloud.Provider("own", **settings))
        dbtcloud.Project("project", name="New", opts=options)

    (tmp_path / "state").mkdir()
    variables = {
        **private_home.env,
        "PULUMI_HOME": str(tmp_path / "home"),  # Without any plugin.
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_DEBUG_PROVIDERS": f"dbtcloud:{provider.port}",
    }
    options = automation.LocalWorkspaceOptions(
        pulumi_command=automation.PulumiCommand(str(private_home.local)), env_vars=variables
    )
    stack = automation.create_stack("dev", project_name="tiny", program=program, opts=options)

    first, second = stack.up(), stack.up()

    assert "fake dbtcloud provider 1.11.11: reaches this machine only" in first.stdout
    assert first.summary.resource_changes == {"create": 3}
    assert second.summary.resource_changes == {"same": 3}
    assert provider.process.poll() is None
