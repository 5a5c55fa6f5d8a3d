"""The provider's own keys of the stack file, under `dbtcloud:`: how they are checked, and what editors say of them.

Account, address and token are read by `pulumi_dbtcloud_datafold.account.connection`; here is only what editors say.

Source: configuration of the provider, pulumi_dbtcloud 1.11.11.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_dbtcloud_datafold.settings.problems import Problem, unknown_key_fix

NAMESPACE = "dbtcloud"

JsonSchema = dict[str, Any]


class _UnusableError(ValueError):
    """A value that the provider could not use; the text is the problem."""


@dataclass(frozen=True)
class WholeNumber:
    """A number, which `pulumi config set` writes as text.

    Attributes:
        at_least: 0 or 1.
        unit: What is counted.
    """

    at_least: int
    unit: str
    example: str

    # Five digits: over a day of seconds.
    at_most = 99_999

    @property
    def pattern(self) -> str:
        """What a text of digits has to match."""
        return "^0*[1-9][0-9]{0,4}$" if self.at_least else "^0*[0-9]{1,5}$"

    def read(self, text: str) -> int:
        """Return the number."""
        if not re.fullmatch(self.pattern, text):
            message = (
                f"this is not a whole number of {self.unit}, from {self.at_least} to {self.at_most}"
            )
            raise _UnusableError(message)
        return int(text)

    @property
    def schema(self) -> JsonSchema:
        """The same rule for editors."""
        limits = {"minimum": self.at_least, "maximum": self.at_most}
        return {"type": ["integer", "string"], "pattern": self.pattern, **limits}


@dataclass(frozen=True)
class Switch:
    """True or false."""

    example = "true"

    def read(self, text: str) -> bool:
        """Return the switch."""
        if text not in ("true", "false"):
            message = "this is neither true nor false"
            raise _UnusableError(message)
        return text == "true"

    @property
    def schema(self) -> JsonSchema:
        """The same rule for editors."""
        return {"enum": [True, False, "true", "false"]}


@dataclass(frozen=True)
class Statuses:
    """A list of HTTP statuses that are errors."""

    example = "409"

    _pattern = "^[45][0-9][0-9]$"

    def read(self, text: str) -> list[str]:
        """Return the statuses as the provider wants them, which is as texts."""
        message = "this is not a list of HTTP statuses from 400 to 599"
        try:
            given = json.loads(text)
        except json.JSONDecodeError:
            raise _UnusableError(message) from None
        if not isinstance(given, list) or not all(
            re.fullmatch(self._pattern, str(each)) for each in given
        ):
            raise _UnusableError(message)
        return [str(each) for each in given]

    @property
    def schema(self) -> JsonSchema:
        """The same rule for editors."""
        status = {
            "type": ["integer", "string"],
            "pattern": self._pattern,
            "minimum": 400,
            "maximum": 599,
        }
        return {"type": "array", "items": status}


@dataclass(frozen=True)
class Option:
    """A key of the provider.

    Attributes:
        argument: Its name in Python.
        description: With the default.
    """

    argument: str
    kind: WholeNumber | Switch | Statuses
    description: str


OPTIONS = {
    "maxRetries": Option(
        "max_retries",
        WholeNumber(0, "requests", "3"),
        "How often a request that fails is sent in all, the first time included. Default: 3.",
    ),
    "retryIntervalSeconds": Option(
        "retry_interval_seconds",
        # The guards take a create that was quicker for one that was not repeated.
        WholeNumber(1, "seconds", "10"),
        "Seconds before it is sent again, doubled each time. Default: 10.",
    ),
    "retriableStatusCodes": Option(
        "retriable_status_codes",
        Statuses(),
        "HTTP statuses after which a request is sent again, besides 408, 429, 500, 502, 503 and 504. Default: none.",
    ),
    "disableRetry": Option("disable_retry", Switch(), "Send no request again. Default: false."),
    "timeoutSeconds": Option(
        "timeout_seconds",
        WholeNumber(1, "seconds", "30"),
        "Seconds to wait for an answer. Default: 30.",
    ),
    "skipCredentialsValidation": Option(
        "skip_credentials_validation", Switch(), "Do not try the token beforehand. Default: false."
    ),
}

SCHEMAS: dict[str, JsonSchema] = {
    "accountId": {
        "description": "Number of the account, as in the URL of any page.",
        "type": ["integer", "string"],
        "pattern": "^0*[1-9][0-9]*$",
        "minimum": 1,
    },
    "hostUrl": {
        "description": "Access URL of the account (Account settings), in any usual form.",
        "type": "string",
        "examples": ["https://ab123.us1.dbt.com"],
    },
    "token": {
        "description": "Secret. A service token with Account Admin: pulumi config set --secret dbtcloud:token",
        "type": "object",
        "properties": {"secure": {"type": "string"}},
        "required": ["secure"],
        "additionalProperties": False,
    },
    **{key: {"description": each.description, **each.kind.schema} for key, each in OPTIONS.items()},
}


def read(written: list[str], problems: list[Problem]) -> dict[str, Any]:
    """Return the provider's arguments besides account, address and token.

    Args:
        written: The keys of the namespace that the stack file has.
        problems: What is wrong with any of them is appended.
    """
    for key in written:
        if key not in SCHEMAS:
            fix = unknown_key_fix(key, SCHEMAS)
            problems.append(Problem(f"{NAMESPACE}:{key}", "this key is not known", fix))
    config = pulumi.Config(NAMESPACE)
    arguments: dict[str, Any] = {}
    for key, option in OPTIONS.items():
        if text := config.get(key):
            try:
                arguments[option.argument] = option.kind.read(text)
            except _UnusableError as error:
                problems.append(Problem(f"{NAMESPACE}:{key}", str(error), _fix(key, option)))
    if config.get("token") and not pulumi.runtime.config.is_config_secret(f"{NAMESPACE}:token"):
        problems.append(_PLAIN_TOKEN)
    return arguments


def _fix(key: str, option: Option) -> str:
    default = option.description.partition("Default: ")[2].rstrip(".")
    where = f"{NAMESPACE}:{key}"
    if isinstance(option.kind, Statuses):
        where = f"--path '{where}[0]'"
    return f"run `pulumi config set {where} {option.kind.example}`, or remove the key; the default is {default}"


_PLAIN_TOKEN = Problem(
    f"{NAMESPACE}:token",
    "the token is in plain text, where everyone who sees the stack's file can read it",
    "run `pulumi config set --secret dbtcloud:token` and paste it, or remove the key and set DBT_CLOUD_TOKEN; if the "
    "file was shared or committed, make a new token in dbt Cloud and delete this one there",
)
