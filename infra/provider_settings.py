"""The provider's own keys of the stack file, under `dbtcloud:`.

Source: configuration of the provider, pulumi_dbtcloud 1.11.11.
"""

import json
import re
from collections.abc import Iterable
from typing import Annotated, Any

import pulumi
from pulumi_dbtcloud_datafold.settings.problems import Problem, problems_from, unknown_key_fix
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel
from pydantic import BeforeValidator, Field, PlainSerializer, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel

NAMESPACE = "dbtcloud"

JsonSchema = dict[str, Any]

SWITCH_SCHEMA: JsonSchema = {"enum": [True, False, "true", "false"]}
"""A switch in the stack file: `pulumi config set` writes it as text."""


def _number_from_text(value: object) -> object:
    # Nine digits: more than any limit here.
    is_number = isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value)
    return int(str(value)) if is_number else value


def _switch_from_text(value: object) -> object:
    return {"true": True, "false": False}.get(str(value), value)


def _list_from_text(value: object) -> object:
    try:
        return json.loads(str(value))
    except (ValueError, RecursionError):
        return value


def _also_as_text(pattern: str) -> dict[str, Any]:
    return {"type": ["integer", "string"], "pattern": pattern}


# Of numbers five digits: over a day of seconds.
Requests = Annotated[
    int,
    Field(ge=0, le=99_999, json_schema_extra=_also_as_text("^0*[0-9]{1,5}$")),
    BeforeValidator(_number_from_text),
]
Seconds = Annotated[
    int,
    Field(ge=1, le=99_999, json_schema_extra=_also_as_text("^0*[1-9][0-9]{0,4}$")),
    BeforeValidator(_number_from_text),
]
Status = Annotated[
    int,
    Field(ge=400, le=599, json_schema_extra=_also_as_text("^0*[45][0-9][0-9]$")),
    BeforeValidator(_number_from_text),
    PlainSerializer(str),
]
SECRET_SCHEMA = WithJsonSchema(
    {
        "type": "object",
        "properties": {"secure": {"type": "string"}},
        "required": ["secure"],
        "additionalProperties": False,
    }
)
"""A value as `pulumi config set --secret` writes it."""
Switch = Annotated[bool, BeforeValidator(_switch_from_text), WithJsonSchema(SWITCH_SCHEMA)]


class ProviderSettings(SettingsModel, alias_generator=to_camel):
    """The keys, in the spelling of the stack file by alias, and as the provider's arguments by name."""

    account_id: Annotated[
        object,
        WithJsonSchema({**_also_as_text("^0*[1-9][0-9]*$"), "minimum": 1}),
    ] = None
    """Number of the account, as in the URL of any page."""
    host_url: Annotated[
        object, WithJsonSchema({"type": "string", "examples": ["https://ab123.us1.dbt.com"]})
    ] = None
    """Access URL of the account (Account settings), in any usual form."""
    token: Annotated[object, SECRET_SCHEMA] = None
    """Secret. A service token with Account Admin: pulumi config set --secret dbtcloud:token"""
    max_retries: Requests = 3
    """How often a request that fails is sent in all, the first time included."""
    # At least 1: the guards take a create that was quicker for one that was not repeated.
    retry_interval_seconds: Seconds = 10
    """Seconds before it is sent again, doubled each time."""
    retriable_status_codes: Annotated[list[Status], BeforeValidator(_list_from_text)] = Field(
        default=[]
    )
    """HTTP statuses after which a request is sent again, besides 408, 429, 500, 502, 503 and 504."""
    disable_retry: Switch = False
    """Send no request again."""
    timeout_seconds: Seconds = 30
    """Seconds to wait for an answer."""
    skip_credentials_validation: Switch = False
    """Do not try the token beforehand."""


KEYS = {to_camel(name): name for name in ProviderSettings.model_fields}
"""The provider's argument for each key."""

_CONNECTION = ("accountId", "hostUrl", "token")
"""Checked by `pulumi_dbtcloud_datafold.account.connection`, which reads them."""


def read(keys: Iterable[str]) -> tuple[dict[str, Any], list[Problem]]:
    """Read the provider's arguments besides account, address and token.

    Args:
        keys: The keys of the namespace in the stack file.

    Returns:
        The arguments, and what is wrong with any of the keys.
    """
    config = pulumi.Config(NAMESPACE)
    problems = [
        Problem(f"{NAMESPACE}:{key}", "this key is not known", unknown_key_fix(key, KEYS))
        for key in keys
        if key not in KEYS
    ]
    if config.get("token") and not pulumi.runtime.is_config_secret(f"{NAMESPACE}:token"):
        problems.append(_PLAIN_TOKEN)
    # Pulumi hands null over as an empty text.
    texts = {key: text for key in KEYS if key not in _CONNECTION and (text := config.get(key))}
    try:
        options = ProviderSettings.model_validate(texts).model_dump(exclude_unset=True)
    except ValidationError as error:
        found = [_with_command(problem) for problem in problems_from(error, ProviderSettings)]
        return {}, [*problems, *found]
    return options, problems


def _with_command(problem: Problem) -> Problem:
    """Return a problem with the command that sets its key right."""
    key = problem.path.partition("[")[0]
    default = json.dumps(ProviderSettings.model_fields[KEYS[key]].default)
    setting = f"{NAMESPACE}:{key} {'true' if default == 'false' else default}"
    if default == "[]":
        setting = f"--path '{NAMESPACE}:{key}[0]' 409"
    fix = f"{problem.fix}: `pulumi config set {setting}`; the default is {default}"
    return Problem(f"{NAMESPACE}:{problem.path}", problem.problem, fix)


_PLAIN_TOKEN = Problem(
    f"{NAMESPACE}:token",
    "the token is in plain text, where everyone who sees the stack's file can read it",
    "run `pulumi config set --secret dbtcloud:token` and paste it, or remove the key and set DBT_CLOUD_TOKEN; if the "
    "file was shared or committed, make a new token in dbt Cloud and delete this one there",
)
