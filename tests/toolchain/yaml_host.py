"""The host for Pulumi YAML programs, built as users build it where it is not cached."""

import pytest

from toolchain import home


def add(pulumi_home: home.Home) -> None:
    """Let the home run Pulumi YAML programs too."""
    with pytest.MonkeyPatch.context() as patch:
        # What tests/conftest.py sets for short processes is not for the compiler.
        patch.delenv("GOGC")
        patch.delenv("GOMEMLIMIT")
        home.add_yaml_host(pulumi_home, print)
