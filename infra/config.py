"""The configuration in `Pulumi.<stack>.yaml`, checked as a whole before anything is declared."""

import difflib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pulumi
from pulumi_dbtcloud_datafold.account import connection
from pulumi_dbtcloud_datafold.failure_notifications import FailureNotificationsSettings
from pulumi_dbtcloud_datafold.service_tokens.service_token import ServiceTokenSettings
from pulumi_dbtcloud_datafold.settings import layers
from pulumi_dbtcloud_datafold.settings.problems import (
    ConfigurationError,
    Problem,
    problems_from,
    unknown_key_fix,
)
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel
from pydantic import Field, ValidationError

from infra import conflicts, provider_settings
from infra.project import ProjectConfig, ProjectKey

PROJECT = layers.NAMESPACE


class StackConfig(SettingsModel):
    """Our keys of the stack file, under `dbtcloud-datafold:`, merged with its definition and its defaults."""

    projects: Annotated[dict[ProjectKey, ProjectConfig], Field(min_length=1)]
    """The dbt projects, by a short name of your choice; it is part of each resource's Pulumi name."""
    service_token: ServiceTokenSettings | None = Field(default_factory=ServiceTokenSettings)
    """The token for Datafold. Default: one named Datafold, for all projects. null makes none."""
    notifications: FailureNotificationsSettings | None = None
    """Who gets a message when a production, merge or artifacts job of any project fails, or ends in another way.
    Default: nobody."""
    protect: bool | None = None
    """Refuse to delete or replace jobs and token until this is set to false and brought up.
    Default: true, but false on a local dbt Cloud."""


_NO_PROJECTS = Problem(
    f"{PROJECT}:projects",
    "this key is missing: the stack has no dbt project",
    "copy the block from Pulumi.dev.yaml into the stack's file, with your numbers",
)


_OUR_KEY_AT_MARGIN = re.compile(
    rf"""^["']?((?:{PROJECT}|{provider_settings.NAMESPACE}):\w+)["']?[ \t]*:""", re.MULTILINE
)
"""One of our keys in the first column of the stack file."""


@dataclass(frozen=True)
class LoadedConfig:
    """The whole configuration of a stack.

    Attributes:
        source: File that errors name.
        provider_options: The provider's other keys under `dbtcloud:` (`maxRetries`, ...), as its Python arguments.
        merged: Where each of our values is written.
    """

    source: str
    connection: connection.Connection
    stack: StackConfig
    provider_options: dict[str, Any]
    merged: layers.Merged = field(default_factory=layers.Merged)

    @property
    def protect(self) -> bool:
        """Whether jobs and token are protected."""
        if self.stack.protect is None:
            return not self.connection.access_url.is_local
        return self.stack.protect

    @property
    def may_have_protected(self) -> bool:
        """Whether anything of the stack is protected, or may have been until now."""
        choices = [self.stack.protect, *(each.protect for each in self.stack.projects.values())]
        return self.protect or any(choice is not None for choice in choices)


def load(source: str) -> LoadedConfig:
    """Read and check the whole configuration; `source` is the file named in errors.

    Raises:
        ConfigurationError: Something is wrong; it names every problem.
    """
    problems = [*_misspelled_namespaces(), *_outside_of_config(source)]
    merged = _merged(source, problems)
    stack = _stack_config(merged, problems) if merged else None
    account = connection.find()
    if isinstance(account, connection.Unknown):
        problems += account.problems
    provider_options = provider_settings.read(_keys_of(provider_settings.NAMESPACE), problems)
    if problems or merged is None or stack is None or isinstance(account, connection.Unknown):
        raise ConfigurationError(source, problems)
    return LoadedConfig(source, account, stack, provider_options, merged)


def _merged(source: str, problems: list[Problem]) -> layers.Merged | None:
    """Merge the files; None if the definition cannot be read, so that nothing is missed that it may have."""
    keys = [key for key in _keys_of(PROJECT) if _is_usable(key, problems)]
    stack = layers.Layer(source, {key: _value_of(key) for key in keys})
    definition = None
    if layers.DEFINITION in stack.content:
        folder = Path(pulumi.get_root_directory())
        name = stack.content[layers.DEFINITION]
        definition = layers.read_definition(folder, name, problems)
        if definition is None:
            return None
    return layers.merge(stack, definition, problems)


def _stack_config(merged: layers.Merged, problems: list[Problem]) -> StackConfig | None:
    known = {key: value for key, value in merged.content.items() if key in StackConfig.model_fields}
    try:
        stack = StackConfig.model_validate(known)
    except ValidationError as error:
        found = [
            _NO_PROJECTS if problem.path == "projects" and "projects" not in known else problem
            for problem in problems_from(error, StackConfig)
        ]
        problems += merged.located(found)
        return None
    problems += merged.located(conflicts.between(stack.projects))
    return stack


def _is_usable(key: str, problems: list[Problem]) -> bool:
    """Tell whether a key of ours is known and has no secret in it; append the problem otherwise."""
    path = f"{PROJECT}:{key}"
    if key.startswith(layers.HELPER):
        return False
    if key not in layers.STACK_KEYS:
        fix = unknown_key_fix(key, layers.STACK_KEYS)
        problems.append(Problem(path, "this key is not known", fix))
        return False
    if pulumi.runtime.is_config_secret(path):
        # Pulumi hands it over decrypted, and it would become part of inputs that are no secrets.
        problems.append(
            Problem(
                path,
                "there is a secret in it, which the state would hold in plain text",
                "write it in plain text if it need not be one, or give it to the job in a program of your own, as "
                "an Output",
            )
        )
        return False
    return True


def _value_of(key: str) -> Any:  # noqa: ANN401 - any YAML
    text = pulumi.Config(PROJECT).require(key)
    try:
        # Pulumi hands null over as an empty text.
        return json.loads(text) if text else None
    except json.JSONDecodeError:
        return text


def _misspelled_namespaces() -> list[Problem]:
    """Return a problem for each key in a namespace that is nearly one of ours: Pulumi ignores such a key."""
    ours = (PROJECT, provider_settings.NAMESPACE)
    found = []
    for key in _every_key():
        namespace, _, name = key.partition(":")
        near = difflib.get_close_matches(namespace, ours, n=1, cutoff=0.8)
        if near and namespace not in ours:
            fix = f"did you mean '{near[0]}:{name}'?"
            found.append(Problem(key, "the name before the colon is not known", fix))
    return found


def _outside_of_config(source: str) -> list[Problem]:
    """Return a problem for each of our keys beside `config:`, which Pulumi ignores.

    Only lines that begin with such a key are looked at. Pulumi has read the file already, so whatever else is in it is
    YAML.
    """
    file = Path(pulumi.get_root_directory(), source)
    text = file.read_text(encoding="utf-8-sig", errors="replace") if file.is_file() else ""
    return [
        Problem(key, "this key stands beside config:, where Pulumi ignores it", "indent it")
        for key in dict.fromkeys(_OUR_KEY_AT_MARGIN.findall(text))
    ]


def _keys_of(namespace: str) -> list[str]:
    """List the keys of a namespace that the stack file sets."""
    return [key.partition(":")[2] for key in _every_key() if key.startswith(f"{namespace}:")]


def _every_key() -> list[str]:
    """List all keys of the stack file; `pulumi.Config` can only be asked for one whose name is known."""
    return [*{**pulumi.runtime.get_config_env(), **pulumi.runtime.config.CONFIG.get()}]
