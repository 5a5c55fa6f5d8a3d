import pytest

from tests.components.cli.workflows import git_host


@pytest.fixture(params=["github", "gitlab"])
def host(request):
    """The comments of a pull request at each git host."""
    with git_host.running(request.param) as running:
        yield running
