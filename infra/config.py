"""The configuration in `Pulumi.<stack>.yaml`, checked as a whole before anything is declared."""

import difflib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import pulumi
from pulumi_dbtcloud_datafold.account import connection
from pulumi_dbtcloud_datafold.failure_notifications import (
    FailureNotificationsSettings,
    SecretWebhookUrl,
)
from pulumi_dbtcloud_datafold.service_tokens.service_token import ServiceTokenSettings
from pulumi_dbtcloud_datafold.settings import layers
from pulumi_dbtcloud_datafold.settings.problems import (
    ConfigurationError,
    Problem,
    problems_from,
    unknown_key_fix,
)
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel
from pydantic import Field, TypeAdapter, ValidationError

from infra import conflicts, provider_settings
from infra.project import ProjectConfig, ProjectKey

PROJECT = layers.NAMESPACE


class StackConfig(SettingsModel):
    """Our keys of the stack file, under `dbtcloud-datafold:`, merged with its definition and its defaults."""

    projects: Annotated[dict[ProjectKey, ProjectConfig], Field(min_length=1)]
    """The dbt projects, by a short name of your choice; it is part of each resource's Pulumi name."""
    service_token: ServiceTokenSettings | None = Field(default_factory=ServiceTokenSettings)
    """The token for Datafold. Default: one named Datafold, for all projects. null makes none; in a stack file `""`
    does, without a warning of Pulumi."""
    notifications: FailureNotificationsSettings | None = None
    """Who gets a message when a production, merge or artifacts job of any project fails, or ends in another way.
    Default: nobody."""
    secret_webhook_url: Annotated[object, provider_settings.SECRET_SCHEMA] = None
    """Secret. Takes the place of `notifications.webhook_url` where the address has a secret in it:
    pulumi config set --secret dbtcloud-datafold:secret_webhook_url"""
    protect: bool | None = None
    """Refuse to delete or replace jobs and token until this is set to false and brought up.
    Default: true, but false on a local dbt Cloud."""


_NO_PROJECTS = Problem(
    f"{PROJECT}:projects",
    "this key is missing: the stack has no dbt project",
    "copy the block from Pulumi.dev.yaml into the stack's file, with your numbers",
)


_PLAIN_WEBHOOK = Problem(
    f"{PROJECT}:{layers.SECRET_WEBHOOK_URL}",
    "the address is in plain text, where everyone who sees the stack's file can read it",
    f"run `pulumi config set --secret {PROJECT}:{layers.SECRET_WEBHOOK_URL}` and paste it; an address without a secret "
    "goes to notifications.webhook_url",
)

_TWO_WEBHOOKS = Problem(
    "notifications.webhook_url",
    f"the address of the webhook is in {layers.SECRET_WEBHOOK_URL} too",
    "keep one of them",
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
        choices = [
            self.stack.protect,
            *(project.protect for project in self.stack.projects.values()),
        ]
        return self.protect or any(choice is not None for choice in choices)


def load(source: str) -> LoadedConfig:
    """Read and check the whole configuration; `source` is the file named in errors.

    Raises:
        ConfigurationError: Something is wrong; it names every problem.
    """
    found = {
        key: _problem_with(key)
        for key in _keys_of(PROJECT)
        if key != layers.SECRET_WEBHOOK_URL and not key.startswith(layers.HELPER)
    }
    values = {key: _value_of(key) for key, problem in found.items() if problem is None}
    webhook_url, wrong_url = _secret_webhook_url()
    if webhook_url is not None:
        values[layers.SECRET_WEBHOOK_URL] = webhook_url
    folder = Path(pulumi.get_root_directory())
    merged, unreadable = layers.with_definition(layers.Layer(source, values), folder)
    stack, wrong = _stack_config(merged) if merged else (None, [])
    account = connection.find()
    options, wrong_options = provider_settings.read(_keys_of(provider_settings.NAMESPACE))
    problems = [
        *_misspelled_namespaces(),
        *_outside_of_config(source),
        *filter(None, found.values()),
        *wrong_url,
        *unreadable,
        *wrong,
        *(account.problems if isinstance(account, connection.Unknown) else ()),
        *wrong_options,
    ]
    if problems or merged is None or stack is None or isinstance(account, connection.Unknown):
        raise ConfigurationError(source, problems)
    return LoadedConfig(source, account, stack, options, merged)


def _stack_config(merged: layers.Merged) -> tuple[StackConfig | None, list[Problem]]:
    known = {key: value for key, value in merged.content.items() if key in StackConfig.model_fields}
    try:
        stack = StackConfig.model_validate(known)
    except ValidationError as error:
        found = [
            _NO_PROJECTS if problem.path == "projects" and "projects" not in known else problem
            for problem in problems_from(error, StackConfig)
        ]
        return None, merged.located(found)
    found = conflicts.between(stack.projects)
    if stack.secret_webhook_url and stack.notifications and stack.notifications.webhook_url:
        found.append(_TWO_WEBHOOKS)
    return stack, merged.located(found)


def _secret_webhook_url() -> tuple[pulumi.Output[str] | None, list[Problem]]:
    """Return the address, None if it is not set, and what is wrong with it; no problem quotes it."""
    path = f"{PROJECT}:{layers.SECRET_WEBHOOK_URL}"
    text = pulumi.runtime.get_config(path)
    if not text:
        return None, []
    if not pulumi.runtime.is_config_secret(path):
        return None, [_PLAIN_WEBHOOK]
    try:
        address = TypeAdapter(SecretWebhookUrl).validate_python(text)
    except ValidationError as error:
        found = problems_from(error, StackConfig)
        return None, [Problem(path, problem.problem, problem.fix) for problem in found]
    return pulumi.Output.secret(address), []


def _problem_with(key: str) -> Problem | None:
    """Return what is wrong with a key of ours before its value is looked at."""
    path = f"{PROJECT}:{key}"
    if key not in layers.STACK_KEYS:
        return Problem(path, "this key is not known", unknown_key_fix(key, layers.STACK_KEYS))
    if pulumi.runtime.is_config_secret(path):
        # Pulumi hands it over decrypted, and it would become part of inputs that are no secrets.
        fix = (
            f"a webhook's address goes to {PROJECT}:{layers.SECRET_WEBHOOK_URL}; write other values in plain text if "
            "they need not be secret, or give them to the job in a program of your own, as Outputs"
        )
        return Problem(
            path, "there is a secret in it, which the state would hold in plain text", fix
        )
    return None


def _value_of(key: str) -> Any:  # noqa: ANN401 - any YAML
    text = pulumi.Config(PROJECT).require(key)
    try:
        # Pulumi hands null over as an empty text.
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
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
