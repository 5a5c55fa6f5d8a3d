"""A small client of dbt Cloud's Administrative API, for what the provider does not do.

Reads jobs, environments, projects and tokens to find what exists already; starts runs and reads them; deletes what an
interrupted update has left.
Source: https://docs.getdbt.com/docs/dbt-apis/admin-api
"""

import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic_core import from_json

from pulumi_dbtcloud_datafold.account import refusals
from pulumi_dbtcloud_datafold.account.access_url import AccessUrl
from pulumi_dbtcloud_datafold.settings.problems import one_line

if TYPE_CHECKING:
    import httpx

    from pulumi_dbtcloud_datafold.account import answers

PAGE_SIZE = 100
"""Most items dbt Cloud gives at once."""
PAGES_LIMIT = 1_000
PARALLEL_PAGES = 8
TIMEOUT_SECONDS = 30.0
"""Longest silence."""
ANSWER_SECONDS = 120.0
ANSWER_BYTES = 64_000_000
"""Logs of a run are the longest answers."""

_TOKEN = re.compile(r"[!-~]+")
"""What can be sent. The HTTP client would quote any other token in its error."""

_PASTED_WRONG = (
    "the token has a space, a line break or another character that no token has, so it was not pasted as it is in "
    "dbt Cloud. Set dbtcloud:token (or DBT_CLOUD_TOKEN) again, without quotes or anything around it"
)

_START = (
    "The local dbt Cloud is not running: start it with `localcloud start`. If it listens on another port, set "
    "dbtcloud:hostUrl (or DBT_CLOUD_HOST_URL) to its address"
)

T = TypeVar("T")


class DbtCloudError(Exception):
    """dbt Cloud could not be asked, or refused; the message names the likely cause, never a token."""

    def __init__(self, message: str, status: int | None = None) -> None:
        """Keep the HTTP status, if there was an answer."""
        super().__init__(message)
        self.status = status


def if_there(ask: Callable[[], T]) -> T | None:
    """Return what `ask` does; None if dbt Cloud answers that there is no such thing, or the token does not see it.

    Raises:
        DbtCloudError: It answers anything else that is an error.
    """
    try:
        return ask()
    except DbtCloudError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


class DbtCloudApi:
    """One account, seen with one token.

    Attributes:
        access_url: Where the account lives.
        account_id: Its number.

    Raises:
        DbtCloudError: From every method, if dbt Cloud cannot be reached or refuses.
    """

    def __init__(self, access_url: AccessUrl, account_id: int, token: str) -> None:
        """Prepare the client; nothing is asked yet."""
        # Loaded here, not with the components: a program may never ask, and it is a tenth of their time to load.
        import httpx

        from pulumi_dbtcloud_datafold.account import answers

        self._answers = answers
        self.access_url = access_url
        self.account_id = account_id
        self._client = httpx.Client(
            base_url=access_url.api,
            # A packed answer grows by a thousand at most; the ways that others may add to httpx have no limit.
            headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
            timeout=TIMEOUT_SECONDS,
            # A proxy is never the way to this machine.
            trust_env=not access_url.is_local,
            verify=_certificates(are_needed=access_url.is_encrypted),
        )
        self._token = token
        self._v2, self._v3 = f"/v2/accounts/{account_id}", f"/v3/accounts/{account_id}"

    def __enter__(self) -> "DbtCloudApi":
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._client.close()

    def account(self) -> dict[str, Any]:
        """Return the account, with its `plan`."""
        return self._object(self._answers.Account, "GET", f"{self._v2}/")

    def projects(self) -> list[dict[str, Any]]:
        """Return the projects the token sees."""
        return list(self._pages(self._answers.Project, f"{self._v3}/projects/", {}))

    def project(self, project_id: int) -> dict[str, Any]:
        """Return a project."""
        return self._object(self._answers.Project, "GET", f"{self._v3}/projects/{project_id}/")

    def environments(self, project_id: int | None = None) -> list[dict[str, Any]]:
        """Return the environments of a project, or of all."""
        project = "" if project_id is None else f"/projects/{project_id}"
        return list(
            self._pages(self._answers.Environment, f"{self._v3}{project}/environments/", {})
        )

    def environment(self, environment_id: int) -> dict[str, Any]:
        """Return an environment of any project."""
        return self._object(
            self._answers.Environment, "GET", f"{self._v2}/environments/{environment_id}/"
        )

    def jobs(
        self, *, environment_id: int | None = None, project_id: int | None = None
    ) -> list[dict[str, Any]]:
        """Return the jobs of an environment, of a project, or all."""
        filters = {"environment_id": environment_id, "project_id": project_id}
        return list(
            self._pages(
                self._answers.Job,
                f"{self._v2}/jobs/",
                {k: v for k, v in filters.items() if v is not None},
            )
        )

    def job(self, job_id: int) -> dict[str, Any]:
        """Return a job."""
        return self._object(self._answers.Job, "GET", f"{self._v2}/jobs/{job_id}/")

    def environment_variables(self, project_id: int) -> list[str]:
        """Return the names of a project's environment variables."""
        path = f"{self._v3}/projects/{project_id}/environment-variables/environment/"
        return list(self._object(self._answers.EnvironmentVariables, "GET", path)["variables"])

    def users(self) -> list[dict[str, Any]]:
        """Return the users of the account."""
        return list(self._pages(self._answers.User, f"{self._v3}/users/", {}))

    def service_tokens(self) -> list[dict[str, Any]]:
        """Return the active service tokens, without their secrets."""
        return list(self._pages(self._answers.Named, f"{self._v3}/service-tokens/", {"state": 1}))

    def service_token_permissions(self, token_id: int) -> list[dict[str, Any]]:
        """Return what a service token may do."""
        return list(
            self._pages(
                self._answers.Permission, f"{self._v3}/service-tokens/{token_id}/permissions/", {}
            )
        )

    def start_run(self, job_id: int, cause: str, **body: object) -> dict[str, Any]:
        """Start a run of a job and return it."""
        return self._object(
            self._answers.Run, "POST", f"{self._v2}/jobs/{job_id}/run/", {"cause": cause, **body}
        )

    def runs(
        self,
        job_id: int | None = None,
        limit: int = 1,
        *,
        environment_id: int | None = None,
        status: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return the newest runs of a job, or in an environment, newest first; those with a status, if one is given."""
        filters = {
            "job_definition_id": job_id,
            "environment_id": environment_id,
            "status": status,
        }
        query: dict[str, Any] = {k: v for k, v in filters.items() if v is not None}
        query |= {"order_by": "-id", "limit": limit}
        path = f"{self._v2}/runs/"
        data: list[dict[str, Any]] = self._ask(self._answers.Runs, "GET", path, query)["data"]
        return data

    def run(self, run_id: int) -> dict[str, Any]:
        """Return a run."""
        return self._object(self._answers.Run, "GET", f"{self._v2}/runs/{run_id}/")

    def run_with_steps(self, run_id: int) -> dict[str, Any]:
        """Return a run with its steps and their logs."""
        query = {"include_related": "run_steps"}
        path = f"{self._v2}/runs/{run_id}/"
        data: dict[str, Any] = self._ask(self._answers.Run, "GET", path, query)["data"]
        return data

    def artifacts(self, run_id: int) -> list[str]:
        """Return the paths of the files that a run has left."""
        path = f"{self._v2}/runs/{run_id}/artifacts/"
        data: list[str] = self._ask(list[str], "GET", path, {})["data"]
        return data

    def repositories(self, project_id: int) -> list[dict[str, Any]]:
        """Return the git repositories of a project."""
        return list(
            self._pages(
                self._answers.Repository, f"{self._v3}/projects/{project_id}/repositories/", {}
            )
        )

    def notifications(self) -> list[dict[str, Any]]:
        """Return the notifications of how jobs end."""
        return list(self._pages(self._answers.Notification, f"{self._v2}/notifications/", {}))

    def webhooks(self) -> list[dict[str, Any]]:
        """Return what dbt Cloud calls when jobs run, without secrets."""
        return list(self._pages(self._answers.Webhook, f"{self._v3}/webhooks/subscriptions", {}))

    def variables_of_job(self, project_id: int, job_id: int) -> dict[str, Any]:
        """Return the environment variables of a project by name, with their values for a job."""
        path = f"{self._v3}/projects/{project_id}/environment-variables/job/"
        query = {"job_definition_id": job_id}
        kind = self._answers.VariablesOfJob
        data: dict[str, Any] = self._ask(kind, "GET", path, query)["data"]
        return data

    def delete_job(self, job_id: int) -> None:
        """Delete a job with its runs."""
        self._delete(f"{self._v2}/jobs/{job_id}/")

    def delete_service_token(self, token_id: int) -> None:
        """Delete a service token: its secret opens nothing any more."""
        self._delete(f"{self._v3}/service-tokens/{token_id}/")

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook."""
        self._delete(f"{self._v3}/webhooks/subscription/{webhook_id}")

    def _delete(self, path: str) -> None:
        """Delete what is at a path, if it is still there; what dbt Cloud answers beside that does not matter."""
        response, text = self._send("DELETE", path, {}, None)
        if not response.is_success and response.status_code != HTTPStatus.NOT_FOUND:
            raise self._refused("DELETE", path, response, _read(text))

    def _object(
        self,
        kind: type["answers.Answer"],
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        data: dict[str, Any] = self._ask(kind, method, path, {}, body)["data"]
        return data

    def _pages(
        self, kind: type["answers.Answer"], path: str, filters: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Return the items of a list. Its first page says how many there are; the others are read in parallel."""
        items: Any = list[kind]  # type: ignore[valid-type]

        def page(offset: int) -> tuple[list[dict[str, Any]], int]:
            query = {**filters, "limit": PAGE_SIZE, "offset": offset}
            answer = self._ask(items, "GET", path, query)
            try:
                self._answers.check(self._answers.Extra, answer.get("extra"), "extra")
            except self._answers.UnexpectedAnswerError as error:
                raise self._unexpected("GET", path, str(error)) from None
            data, total = answer["data"], answer["extra"]["pagination"]["total_count"]
            if not data and offset < total:
                problem = f"data has no items from number {offset + 1} on, of {total}"
                raise self._unexpected("GET", path, problem)
            return data, total

        first, total = page(0)
        yield from first
        size = len(first)
        if size >= total:
            return
        if total > size * PAGES_LIMIT:
            message = (
                f"GET {self.access_url.api}{path} has more than {PAGES_LIMIT} pages, of which only the first was read. "
                f"{refusals.COMPARE}"
            )
            raise DbtCloudError(message)
        with ThreadPoolExecutor(PARALLEL_PAGES, "dbt-cloud-pages") as pool:
            for data, _ in pool.map(page, range(size, total, size)):
                yield from data

    def _ask(
        self,
        kind: Any,  # noqa: ANN401 - a type, or what typing makes of several
        method: str,
        path: str,
        query: Mapping[str, Any],
        body: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        """Return the answer, whose `data` are of the kind."""
        response, text = self._send(method, path, query, body)
        answer = _read(text)
        if response.is_success and "data" not in answer:
            raise self._unexpected(method, path, refusals.foreign(response))
        if not response.is_success:
            raise self._refused(method, path, response, answer)
        try:
            self._answers.check(kind, answer["data"])
        except self._answers.UnexpectedAnswerError as error:
            raise self._unexpected(method, path, str(error)) from None
        return answer

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        body: Mapping[str, object] | None,
    ) -> tuple["httpx.Response", bytes]:
        """Return the answer and its text, which is read up to a limit of time and of size."""
        if not _TOKEN.fullmatch(self._token):
            raise DbtCloudError(_PASTED_WRONG)
        import httpx

        headers = {"Authorization": f"Token {self._token}"}
        deadline = time.monotonic() + ANSWER_SECONDS
        text = bytearray()
        try:
            with self._client.stream(
                method, path, params=dict(query), json=body, headers=headers
            ) as response:
                packed = response.headers.get("content-encoding", "identity")
                if packed.lower() not in ("gzip", "identity"):
                    raise self._unexpected(method, path, f"it is packed as {one_line(packed)}")
                for part in response.iter_bytes():
                    text += part
                    if len(text) > ANSWER_BYTES:
                        raise self._unexpected(
                            method, path, f"it is longer than {ANSWER_BYTES} bytes"
                        )
                    if time.monotonic() > deadline:
                        problem = f"it has not ended after {ANSWER_SECONDS:.0f} s"
                        raise self._unexpected(method, path, problem)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            is_local = self.access_url.is_local and not self.access_url.is_encrypted
            is_down = is_local and isinstance(error, httpx.ConnectError)
            reason = one_line(str(error)) or type(error).__name__
            message = (
                f"cannot reach dbt Cloud at {self.access_url.origin} ({reason}). "
                f"{_START if is_down else refusals.COMPARE}"
            )
            raise DbtCloudError(message) from None
        return response, bytes(text)

    def _refused(
        self, method: str, path: str, response: "httpx.Response", answer: dict[str, Any]
    ) -> DbtCloudError:
        """Return the error about a request that was refused."""
        message = (
            f"{method} {self.access_url.api}{path} was answered {response.status_code}: "
            f"{refusals.cause(response, answer, self._token)}"
        )
        return DbtCloudError(message, response.status_code)

    def _unexpected(self, method: str, path: str, problem: str) -> DbtCloudError:
        """Return the error about an answer of another form."""
        return DbtCloudError(
            f"{method} {self.access_url.api}{path} was not answered as dbt Cloud does: {problem}. {refusals.COMPARE}"
        )


@cache
def _certificates(*, are_needed: bool) -> ssl.SSLContext:
    """Return the trusted certificates, read once, and only for HTTPS: it takes longer than an answer."""
    import httpx

    return httpx.create_ssl_context() if are_needed else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _read(text: bytes) -> dict[str, Any]:
    """Return the answer if it is of the form all of dbt Cloud's have, or else an empty one."""
    try:
        # Refuses half characters too, which no output can show.
        answer = from_json(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
