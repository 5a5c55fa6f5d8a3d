"""The HTTP calls to dbt Cloud's Administrative API.

Errors are worded, and calls repeated, as the official provider does it: among other things every 400
reads as "not found", and a write answered with a 5xx is sent again in full. A connection that fails is
an error at once: nobody knows whether the service has stored what was sent.

Source: https://github.com/dbt-labs/terraform-provider-dbtcloud, pkg/dbt_cloud/client.go.
"""

import json
import os
import ssl
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from toolchain.fake_provider.config import Settings
from toolchain.fake_provider.failure import NotFoundError, ProviderError

STATE_ACTIVE = 1
STATE_DELETED = 2

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

_PAGES_LIMIT = 1_000
"""A list that has more pages than this is taken for a server that ignores `offset`."""

Document = dict[str, Any]
"""A JSON object of the service."""


class Api:
    """One account of one dbt Cloud.

    Attributes:
        account_id: The account, as in every path.
    """

    def __init__(self, settings: Settings, cancelled: threading.Event) -> None:
        """Prepare the calls; nothing is sent yet.

        Args:
            settings: The provider's configuration.
            cancelled: Once set, no call is repeated any more.
        """
        self.account_id = settings.account_id
        self._settings = settings
        self._cancelled = cancelled
        # `trust_env`: a proxy of the environment must not see what is meant for this machine.
        self._client = httpx.Client(
            headers={
                "Accept": "application/json",
                "Authorization": f"Token {settings.token}",
                "User-Agent": "fake-dbtcloud-provider",
            },
            timeout=settings.timeout_seconds,
            trust_env=False,
            # For plain HTTP none: reading the machine's certificates would take longer than an answer.
            verify=settings.host_url.startswith("https:")
            or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def verify_account(self) -> None:
        """See that the token opens the account.

        Raises:
            ProviderError: It does not, or the service cannot be reached.
        """
        if self._settings.skip_credentials_validation or "TF_ACC" in os.environ:
            return
        accounts = self._data("GET", "v2/accounts/")
        if not any(account.get("id") == self.account_id for account in accounts or []):
            message = (
                "the token is valid but does not have access to the account id "
                f"{self.account_id}. This might be due to a lack of permissions or because IP "
                "restrictions are in place for the account"
            )
            raise ProviderError(message)

    def get(self, version: str, path: str) -> Document:
        """The object at a path of the account."""
        return self._object("GET", version, path)

    def post(self, version: str, path: str, body: object) -> Document:
        """What the service answers to a body sent to a path of the account."""
        return self._object("POST", version, path, body)

    def send(self, version: str, path: str, body: object) -> None:
        """POST a body to a path of the account, whatever data the service answers."""
        self._data("POST", self._of_account(version, path), body)

    def put(self, version: str, path: str, body: object) -> Document:
        """What the service answers to a replacement of what is at a path of the account."""
        return self._object("PUT", version, path, body)

    def delete(self, version: str, path: str, body: object = None) -> None:
        """Delete what is at a path of the account."""
        self._data("DELETE", self._of_account(version, path), body)

    def items(self, version: str, path: str) -> Iterator[Document]:
        """The items of a list of the account, page after page.

        The first page is asked for without an offset; without counts in the answer it is the only one.
        """
        separator = "&" if "?" in path else "?"
        seen = 0
        for page in range(_PAGES_LIMIT):
            suffix = f"{separator}offset={seen}" if page else ""
            answer = self._answer("GET", self._of_account(version, path + suffix))
            items = answer.get("data") or []
            yield from items
            seen += len(items)
            counts = (answer.get("extra") or {}).get("pagination") or {}
            if not items or seen >= counts.get("total_count", 0):
                return
        message = f"{path}: the service's list does not end after {_PAGES_LIMIT} pages"
        raise ProviderError(message)

    def _of_account(self, version: str, path: str) -> str:
        return f"{version}/accounts/{self.account_id}/{path}"

    def _object(self, method: str, version: str, path: str, body: object = None) -> Document:
        data = self._data(method, self._of_account(version, path), body)
        if not isinstance(data, dict):
            message = f"{method} {path}: the service answered no object"
            raise ProviderError(message)
        return data

    def _data(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        return self._answer(method, path, body).get("data")

    def _answer(self, method: str, path: str, body: object = None) -> Document:
        """The JSON of the answer to a request; no error shows the token."""
        try:
            return self._sent(method, f"{self._settings.host_url}/{path}", body)
        except ProviderError as error:
            # A service may echo what it was sent.
            error.args = (str(error).replace(self._settings.token, "[secret]"),)
            raise

    def _sent(self, method: str, url: str, body: object) -> Document:
        """Send a request, again after an answer that may pass, and read the answer's JSON."""
        settings = self._settings
        attempt = 0
        while True:
            try:
                response = self._client.request(
                    method,
                    url,
                    # A body that is given but empty is still sent.
                    content=None if body is None else json.dumps(body),
                    headers={"Content-Type": "application/json"},
                )
            except httpx.LocalProtocolError:
                # Its text quotes the token that cannot be sent; these are the words of the official provider.
                message = (
                    f'{method} {url}: net/http: invalid header field value for "Authorization"'
                )
                raise ProviderError(message) from None
            except httpx.ConnectError as error:
                message = (
                    f"{method} {url}: {error}. The local dbt Cloud is not running: start it with "
                    "`make up`, or `localcloud start`"
                )
                raise ProviderError(message) from error
            except httpx.HTTPError as error:
                message = f"{method} {url}: {error}"
                raise ProviderError(message) from error
            if response.is_success:
                return _json(response)
            if (
                response.status_code not in RETRIED_STATUSES | settings.retriable_status_codes
                or attempt + 1 >= settings.attempts
                or self._cancelled.wait(settings.retry_interval_seconds * 2**attempt)
            ):
                raise _failure(response)
            attempt += 1


def _json(response: httpx.Response) -> Document:
    if not response.content:
        return {}
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        message = f"{response.request.method} {response.url}: the answer is not a JSON object"
        raise ProviderError(message)
    return answer


def _failure(response: httpx.Response) -> ProviderError:
    """The error of an answer, in the official provider's words."""
    url, body = response.url, response.text
    match response.status_code:
        case 400:
            return NotFoundError(f"resource-not-found: {body}")
        case 401:
            return ProviderError(
                "unauthorized: The API token does not have permission to access this resource. "
                f"Status: 401, URL: {url}, Response: {body}"
            )
        case 403:
            return ProviderError(
                "forbidden: The API token does not have permission to perform this action. "
                "This may be due to environment-level permissions or other access "
                f"restrictions. Status: 403, URL: {url}, Response: {body}"
            )
        case 404:
            return _missing(response)
        case 500:
            return ProviderError(f"internal-server-error: {body}")
    return ProviderError(f"unexpected status code {response.status_code}: {body}, URL: {url}")


def _missing(response: httpx.Response) -> ProviderError:
    """The error of a 404, which means different things by its body and the method."""
    url, body = response.url, response.text
    try:
        status = response.json()["status"]
        code, message = status["code"], str(status.get("user_message") or "")
    except ValueError:
        return NotFoundError(f"resource-not-found (status 404): URL: {url}, Response: {body}")
    except (KeyError, TypeError):
        code, message = None, ""
    if code != httpx.codes.NOT_FOUND:
        return ProviderError(f"unexpected status code 404: {body}, URL: {url}")
    if "permission" in message.lower():
        return NotFoundError(
            "resource-not-found-permissions: The resource was not found, but this may be due "
            "to insufficient permissions. The API token may not have access to this resource "
            f"or the environment it belongs to.\n\nStatus: 404\nURL: {url}\nMessage: {message}"
        )
    if response.request.method in ("GET", "DELETE"):
        return NotFoundError(f"resource-not-found: {url}")
    return NotFoundError(
        "resource-not-found: The resource was not found. If you are updating or deleting a "
        "resource, this may indicate insufficient permissions.\n\n"
        f"Status: 404\nURL: {url}\nMessage: {message}"
    )


def picked(
    document: Mapping[str, Any],
    *,
    texts: str = "",
    numbers: str = "",
    flags: str = "",
    lists: str = "",
    pointers: str = "",
) -> Document:
    """The named fields of an object of the service, with Go's zero value for each absent or null one."""
    zeros: list[tuple[str, object]] = [(texts, ""), (numbers, 0), (flags, False), (lists, [])]
    return {
        name: zero if document.get(name) is None else document[name]
        for names, zero in [*zeros, (pointers, None)]
        for name in names.split()
    }
