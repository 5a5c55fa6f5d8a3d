import pytest

from tests.components.cli.check.behind import Checked
from tests.infra.engine.deployment import ANALYTICS


@pytest.fixture
def checked(bring_up):
    """A stack in order: it is up and its merge job has run."""
    return Checked(bring_up(projects={"analytics": {**ANALYTICS, "first_run": True}}))
