"""The provider's configuration: values from the engine, else from environment variables."""

import ipaddress
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from toolchain.fake_provider import sdk
from toolchain.fake_provider.failure import ProviderError
from toolchain.fake_provider.values import UNKNOWN
from toolchain.fake_provider.version import PROVIDER_VERSION

SECRETS = frozenset({"token"})

DEFAULT_HOST_URL = "https://cloud.getdbt.com/api"
DEFAULT_ATTEMPTS = 3
DEFAULT_RETRY_INTERVAL_SECONDS = 10
DEFAULT_TIMEOUT_SECONDS = 30

_ENGINE_KEYS = frozenset({"version", "pluginDownloadURL"})
"""What the engine adds to a provider's configuration for itself."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A complete configuration.

    Attributes:
        account_id: The dbt Cloud account.
        token: The API token. Secret; kept out of `repr`.
        host_url: The service's address, with its `/api`, without a slash at the end.
        attempts: How often a call is sent at most.
        retry_interval_seconds: The wait after the first attempt; it doubles after each one.
        retriable_status_codes: Statuses that are retried besides the usual ones.
        timeout_seconds: How long one attempt may take.
        skip_credentials_validation: Whether the account is not looked up at the start.
    """

    account_id: int
    token: str = field(repr=False)
    host_url: str
    attempts: int
    retry_interval_seconds: float
    retriable_status_codes: frozenset[int]
    timeout_seconds: float
    skip_credentials_validation: bool


def problems(properties: Mapping[str, Any], *, provider_name: str) -> list[str]:
    """Everything wrong with a configuration, for the user to read.

    Args:
        properties: The configuration, which may hold unknown values.
        provider_name: The name of the provider resource. An unknown key of a default provider (named
            so by the engine) is one of the stack's configuration.
    """
    known_keys = sdk.configuration()
    found = []
    for key in properties:
        if key in known_keys or key in _ENGINE_KEYS or key.startswith("__"):
            continue
        if provider_name.startswith("default"):
            found.append(
                f"`dbtcloud:{key}` is not a valid configuration key for the dbtcloud provider. "
                "If the key is not intended for the provider, please choose a different namespace "
                "from `dbtcloud:`."
            )
        else:
            found.append(
                "could not validate provider configuration: Invalid or unknown key. "
                f"Examine values at '{provider_name}.{key}'."
            )
    for read in _READERS.values():
        try:
            read(properties)
        except ProviderError as error:
            found.append(str(error))
    return found


def settings(properties: Mapping[str, Any]) -> Settings | None:
    """The configuration, or `None` if a needed part is not known before the update.

    Raises:
        ProviderError: A part is missing or wrong; the text names it and the way out.
    """
    if any(properties.get(key) is UNKNOWN for key in ("accountId", "hostUrl", "token")):
        return None
    values = {name: read(properties) for name, read in _READERS.items()}
    if not values["account_id"]:
        message = (
            "Missing dbt Cloud account identifier: dbt Cloud account identifier must be provided in "
            "order to establish a connection. Set `dbtcloud:accountId` or DBT_CLOUD_ACCOUNT_ID."
        )
        raise ProviderError(message)
    token = properties.get("token") or os.environ.get("DBT_CLOUD_TOKEN")
    if not token:
        message = (
            "Missing dbt Cloud token: dbt Cloud token must be provided in order to establish a "
            "connection, currently no default is set. Set the secret `dbtcloud:token` or "
            "DBT_CLOUD_TOKEN."
        )
        raise ProviderError(message)
    return Settings(token=str(token), **values)


def _host_url(properties: Mapping[str, Any]) -> str:
    """The service's address, if it is on this machine."""
    url = properties.get("hostUrl") or os.environ.get("DBT_CLOUD_HOST_URL") or DEFAULT_HOST_URL
    if url is UNKNOWN:
        return ""
    parts = urlsplit(str(url))
    try:
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if parts.scheme not in ("http", "https") or not _is_loopback(host):
        # Only scheme and host are shown: the rest of an address may hold a password.
        message = (
            f"hostUrl is at {parts.scheme or '?'}://{host or '?'}, and this is the fake dbtcloud "
            "provider, which talks to a local dbt Cloud on this machine only (localhost, "
            "127.0.0.0/8 or ::1). For a real account get the official provider: run `pulumi plugin "
            f"install resource dbtcloud {PROVIDER_VERSION}` outside the local shell, or `make "
            "official-provider`."
        )
        raise ProviderError(message)
    return str(url).rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _account_id(properties: Mapping[str, Any]) -> int:
    given = properties.get("accountId") or os.environ.get("DBT_CLOUD_ACCOUNT_ID") or 0
    return int(_number(given, "accountId"))


def _attempts(properties: Mapping[str, Any]) -> int:
    """`maxRetries` counts the first attempt too, in the official provider."""
    if _flag(properties, "disableRetry"):
        return 1
    return max(1, int(_number(properties.get("maxRetries", DEFAULT_ATTEMPTS), "maxRetries")))


def _seconds(key: str, default: float) -> Callable[[Mapping[str, Any]], float]:
    return lambda properties: max(0.0, _number(properties.get(key, default), key))


def _statuses(properties: Mapping[str, Any]) -> frozenset[int]:
    given = properties.get("retriableStatusCodes", [])
    if given is UNKNOWN:
        return frozenset()
    if isinstance(given, str):
        # The engine hands a structured value of the configuration over as JSON.
        try:
            given = json.loads(given)
        except ValueError:
            given = None
    if not isinstance(given, list):
        message = 'retriableStatusCodes is not a list; write HTTP statuses, e.g. ["409", "425"]'
        raise ProviderError(message)
    return frozenset(int(_number(item, "retriableStatusCodes")) for item in given)


def _number(given: object, key: str) -> float:
    if given is UNKNOWN:
        return 0
    try:
        if isinstance(given, bool):
            raise ValueError
        return float(given)  # type: ignore[arg-type]  # a wrong type is what is caught
    except (TypeError, ValueError):
        message = f"{key} is not a number; set `dbtcloud:{key}` to one"
        raise ProviderError(message) from None


def _flag(properties: Mapping[str, Any], key: str) -> bool:
    given = properties.get(key, False)
    if given in (True, "true"):
        return True
    if given in (False, "false", "", UNKNOWN):
        return False
    message = f"{key} is neither true nor false; set `dbtcloud:{key}` to one of them"
    raise ProviderError(message)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "host_url": _host_url,
    "account_id": _account_id,
    "attempts": _attempts,
    "retry_interval_seconds": _seconds("retryIntervalSeconds", DEFAULT_RETRY_INTERVAL_SECONDS),
    "retriable_status_codes": _statuses,
    "timeout_seconds": _seconds("timeoutSeconds", DEFAULT_TIMEOUT_SECONDS),
    "skip_credentials_validation": partial(_flag, key="skipCredentialsValidation"),
}
"""How each of the `Settings` but the token is read."""
