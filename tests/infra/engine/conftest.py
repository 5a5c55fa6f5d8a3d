import pytest


@pytest.fixture
def real_stack(stack):
    """A stack whose language host, program and provider are processes, as a user's are."""
    return stack.in_processes()
