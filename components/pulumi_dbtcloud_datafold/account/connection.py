"""How to reach the account: by the stack's `dbtcloud:` keys, or else by the provider's environment variables."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NotRequired, TypedDict, TypeVar

import pulumi
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from pulumi_dbtcloud_datafold.account.access_url import DEFAULT_HOST, AccessUrl
from pulumi_dbtcloud_datafold.settings.field_types import DbtCloudId
from pulumi_dbtcloud_datafold.settings.problems import ConfigurationError, Problem
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel

T = TypeVar("T")

_NUMBER_DIGITS = 19
"""Of the largest number that dbt Cloud could keep, one of 64 bits."""

NO_TOKEN = Problem(
    "dbtcloud:token",
    "no token: dbt Cloud cannot be reached",
    "run `pulumi config set --secret dbtcloud:token` and paste a service token with Account Admin, "
    "or set DBT_CLOUD_TOKEN",
)


class ConnectionArgs(TypedDict):
    """The account, for links to its pages and for looking at what exists before something is created.

    Default of each: the stack's `dbtcloud:` key, or the provider's environment variable. It does not change how the
    provider connects.
    """

    account_id: NotRequired[int]
    """Number of the account."""
    access_url: NotRequired[str]
    """Access URL of the account, in any usual form."""
    token: NotRequired[pulumi.Input[str]]
    """Secret. A token that may read jobs."""


def _origin(access_url: str) -> str:
    return AccessUrl.parse(access_url).origin


class ConnectionSettings(SettingsModel):
    """`ConnectionArgs`, checked."""

    args_type: ClassVar[type] = ConnectionArgs

    account_id: DbtCloudId | None = None
    access_url: Annotated[str, AfterValidator(_origin)] | None = None
    # Never validated and never shown.
    token: Any = Field(default=None, exclude=True, repr=False)


@dataclass(frozen=True)
class Address:
    """Where the account is.

    Attributes:
        account_id: Its number.
        access_url: Scheme and host of its pages and its API.
    """

    account_id: int
    access_url: AccessUrl


@dataclass(frozen=True)
class Connection(Address):
    """How to reach the account.

    Attributes:
        token: Secret.
    """

    token: pulumi.Output[str]

    @property
    def address(self) -> Address:
        """The same without the token; equal for any two connections to one account."""
        return Address(self.account_id, self.access_url)


@dataclass(frozen=True)
class Unknown:
    """The account is not known.

    Attributes:
        problems: Why; at least one.
    """

    problems: Sequence[Problem]


def find(settings: ConnectionSettings | None = None) -> Connection | Unknown:
    """Return how to reach the account; each of the settings has a default in the stack's configuration."""
    account_id, access_url = _configured(settings)
    token = settings.token if settings else None
    if token is None:
        token = read_token(pulumi.runtime.get_config("dbtcloud:token"))
    found = resolve(account_id, access_url, token)
    if isinstance(found, Unknown):
        return found
    address, token = found
    return Connection(address.account_id, address.access_url, pulumi.Output.secret(token))


def require_address(settings: ConnectionSettings | None, where: str) -> Address:
    """Return where the account is, for what needs no token.

    Args:
        settings: See `find`.
        where: The component, as errors name it.

    Raises:
        ConfigurationError: It is not known.
    """
    address = read_address(*_configured(settings))
    if isinstance(address, Unknown):
        raise ConfigurationError(where, address.problems)
    return address


def read_address(account_id: str | None, access_url: str | None) -> Address | Unknown:
    """Return where the account is.

    Args:
        account_id: As configured. Default: the provider's environment variable.
        access_url: As configured. Default: the provider's environment variable, or the provider's own default.
    """
    number = account_id or os.environ.get("DBT_CLOUD_ACCOUNT_ID", "")
    problems = []
    if not (number.isascii() and number.isdigit() and len(number) <= _NUMBER_DIGITS):
        state = "is not a whole number, or is too long for one" if number else "is missing"
        problems.append(
            Problem(
                "dbtcloud:accountId",
                f"the account's number {state}",
                "run `pulumi config set dbtcloud:accountId 12345`; the number is in the URL of any page of dbt Cloud",
            )
        )
    try:
        url = AccessUrl.parse(access_url or os.environ.get("DBT_CLOUD_HOST_URL") or DEFAULT_HOST)
    except PydanticCustomError as error:
        fix = (error.context or {}).get("fix", "")
        problems.append(Problem("dbtcloud:hostUrl", error.message(), str(fix)))
    return Unknown(problems) if problems else Address(int(number), url)


def read_token(configured: str | None) -> str | None:
    """Return the provider's token: the configured one, or else that of its environment variable; None without both."""
    return configured or os.environ.get("DBT_CLOUD_TOKEN") or None


def resolve(
    account_id: str | None, access_url: str | None, token: T | None
) -> tuple[Address, T] | Unknown:
    """Return the account's address and a token, or all that is missing; see `read_address` and `read_token`."""
    address = read_address(account_id, access_url)
    if isinstance(address, Unknown) or token is None:
        problems = [*address.problems] if isinstance(address, Unknown) else []
        return Unknown(problems if token is not None else [*problems, NO_TOKEN])
    return address, token


def _configured(settings: ConnectionSettings | None) -> tuple[str | None, str | None]:
    """Return number and access URL of the account as the settings, or else the stack's keys, have them."""
    settings = settings or ConnectionSettings()
    config = pulumi.Config("dbtcloud")
    account_id = str(settings.account_id) if settings.account_id else config.get("accountId")
    return account_id, settings.access_url or config.get("hostUrl")
