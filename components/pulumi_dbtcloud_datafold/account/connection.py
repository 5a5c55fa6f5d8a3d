"""How to reach the account: what the stack's `dbtcloud:` keys or the provider's environment variables say."""

import os
from dataclasses import dataclass
from typing import Annotated, NotRequired, TypedDict

import pulumi
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from pulumi_dbtcloud_datafold.account.access_url import DEFAULT_HOST, AccessUrl
from pulumi_dbtcloud_datafold.settings.problems import Problem
from pulumi_dbtcloud_datafold.settings.settings_model import SettingsModel

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


def _readable(access_url: str) -> str:
    return AccessUrl.parse(access_url).origin


class ConnectionSettings(SettingsModel):
    """The plain part of `ConnectionArgs`, checked."""

    account_id: Annotated[int, Field(gt=0)] | None = None
    """Number of the account."""
    access_url: Annotated[str, AfterValidator(_readable)] | None = None
    """Access URL of the account, in any usual form."""
    token: object | None = Field(default=None, exclude=True)
    """Secret, taken over unseen."""


@dataclass(frozen=True)
class Connection:
    """How to reach the account.

    Attributes:
        token: Secret.
    """

    account_id: int
    access_url: AccessUrl
    token: pulumi.Output[str]


def from_stack(problems: list[Problem], given: ConnectionArgs | None = None) -> Connection | None:
    """Return what `given`, the stack's configuration and the environment say together.

    What is missing or wrong is appended to `problems`; the result is then None.
    """
    given = given or ConnectionArgs()
    where = address(problems, given)
    token = _token(given.get("token"), pulumi.Config("dbtcloud"), problems)
    if where is None or token is None:
        return None
    return Connection(*where, token)


def address(
    problems: list[Problem], given: ConnectionArgs | None = None
) -> tuple[int, AccessUrl] | None:
    """Return the account's number and address, for what needs no token; see `from_stack`."""
    given = given or ConnectionArgs()
    config = pulumi.Config("dbtcloud")
    account_id = given.get("account_id") or read_account_id(config.get("accountId"), problems)
    access_url = read_access_url(given.get("access_url") or config.get("hostUrl"), problems)
    if account_id is None or access_url is None:
        return None
    return account_id, access_url


def read_account_id(written: str | None, problems: list[Problem]) -> int | None:
    """Return the account's number: what is written, or else what the provider's environment variable says."""
    text = written or os.environ.get("DBT_CLOUD_ACCOUNT_ID", "")
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    problems.append(
        Problem(
            "dbtcloud:accountId",
            "the account's number is not a whole number"
            if text
            else "the account's number is missing",
            "run `pulumi config set dbtcloud:accountId 12345`; the number is in the URL of any page of dbt Cloud",
        )
    )
    return None


def read_access_url(written: str | None, problems: list[Problem]) -> AccessUrl | None:
    """Return the access URL: what is written, or else what the provider's environment variable says."""
    text = written or os.environ.get("DBT_CLOUD_HOST_URL") or DEFAULT_HOST
    try:
        return AccessUrl.parse(text)
    except PydanticCustomError as error:
        fix = (error.context or {}).get("fix", "")
        problems.append(Problem("dbtcloud:hostUrl", error.message(), str(fix)))
        return None


def _token(
    given: pulumi.Input[str] | None, config: pulumi.Config, problems: list[Problem]
) -> pulumi.Output[str] | None:
    if given is not None:
        return pulumi.Output.secret(given)
    if from_config := config.get_secret("token"):
        return from_config
    if from_environment := os.environ.get("DBT_CLOUD_TOKEN"):
        return pulumi.Output.secret(from_environment)
    problems.append(NO_TOKEN)
    return None
