"""What stacks share: beside a definition or defaults, the stack file says what differs from them."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pulumi_dbtcloud_datafold.cli.errors import CommandError
from pulumi_dbtcloud_datafold.cli.init.job_settings import Settings
from pulumi_dbtcloud_datafold.cli.init.stack_file import StackFile
from pulumi_dbtcloud_datafold.settings import layers
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError

_OF_PEOPLE = frozenset(
    {
        *("environment_variables", "first_run", "first_run_wait_seconds"),
        *("trigger", "pipeline", "allow_replacement_of"),
    }
)
"""Settings of a job that are not read from the account: what is shared of them stays."""


def declared_without_blocks(file: StackFile, folder: Path, keys: Collection[str]) -> Settings:
    """Return what the stack declares if its own blocks are empty; nothing where it shares nothing.

    Args:
        file: The stack file.
        folder: Where Pulumi.yaml is.
        keys: The names of the blocks.

    Raises:
        CommandError: The definition or the defaults cannot be used.
    """
    content = file.shared
    if not content:
        return {}
    own = layers.Layer(file.path.name, {**content, layers.PROJECTS: {key: {} for key in keys}})
    merged, problems = layers.with_definition(own, folder)
    if problems or merged is None:
        raise CommandError(str(ConfigurationError(file.path.name, problems)))
    return merged.content


def differing(wanted: Mapping[str, Any], shared: object) -> Settings:
    """Return what a block has to say so that, with what is shared, it means what is wanted."""
    if not isinstance(shared, Mapping):
        return dict(wanted)
    own = {
        key: differing(value, shared.get(key)) if isinstance(value, Mapping) else value
        for key, value in wanted.items()
        if key not in shared or shared[key] != value
    }
    taken_away = shared.keys() - wanted.keys() - _OF_PEOPLE
    return {**own, **dict.fromkeys(sorted(taken_away))}
