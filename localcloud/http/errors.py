"""What the API can refuse, one class for each way.

Every error leaves the server in dbt Cloud's envelope: a client that finds no `status.code` in a
404 takes it for a broken server, not for a missing resource (the Terraform provider's `client.go`).
"""

from http import HTTPStatus
from typing import Any


class ApiError(Exception):
    """A refusal, sent to the client.

    Attributes:
        status: HTTP status, also the envelope's `status.code`.
        user_message: What is wrong and what to do about it.
        data: The envelope's `data`; for a refused field a nested map from field to message.
        headers: HTTP headers of the answer.
    """

    status: HTTPStatus

    def __init__(
        self, user_message: str, data: object = None, headers: dict[str, str] | None = None
    ) -> None:
        """A refusal with that text."""
        super().__init__(user_message)
        self.user_message = user_message
        self.data = data
        self.headers = headers or {}


class InvalidRequestError(ApiError):
    """The body breaks a rule; `data` says which field and why.

    Source: recorded refusals: a nested map such as
    `{"schedule": {"time": {"interval": "required key not provided"}}}`.
    """

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, problems: dict[str, Any]) -> None:
        """A refusal of those fields."""
        super().__init__(
            "The request is not valid; `data` names each field and what is wrong with it.", problems
        )


class UnauthorizedError(ApiError):
    """No token, or one that this server does not know."""

    status = HTTPStatus.UNAUTHORIZED

    def __init__(self) -> None:
        """A refusal with the usual text."""
        super().__init__(
            "Invalid token: send `Authorization: Token <token>` with a token of this server."
        )


class ForbiddenError(ApiError):
    """The account's plan, or this server's own rule, does not allow the request."""

    status = HTTPStatus.FORBIDDEN


class NotFoundError(ApiError):
    """There is no such resource, or the token may not use it: dbt Cloud does not distinguish these.

    The text contains "permission": the Terraform provider distinguishes two kinds of 404 by it.
    """

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        """A refusal with the usual text."""
        super().__init__(
            "Not found: this resource does not exist, or the token has no permission to use it."
        )


class NotAllowedForJobTypeError(ApiError):
    """State-aware settings were sent for a CI or merge job.

    Source: the Terraform provider's changelog, 1.11.0: the API answers 405.
    """

    status = HTTPStatus.METHOD_NOT_ALLOWED


class BodyTooLongError(ApiError):
    """The body is longer than this server takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, most: int) -> None:
        """A refusal of more than that many bytes."""
        super().__init__(f"The body is too long: send at most {most} bytes.")


class TooManyRequestsError(ApiError):
    """The account has used up its requests; it is refused until the cool-down is over.

    Source: https://docs.getdbt.com/docs/dbt-apis/rate-limits
    """

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, seconds: int) -> None:
        """A refusal for that many more seconds."""
        super().__init__(f"Too many requests: wait {seconds} seconds before the next one.")


class PlannedFaultError(ApiError):
    """A failure that a test has planned through the control routes."""

    def __init__(self, status: int) -> None:
        """A failure with that HTTP status."""
        self.status = status  # type: ignore[assignment]  # also one that has no name in HTTP
        super().__init__("Planned fault: a control request of this server asked for this failure.")


class NotEmulatedError(ApiError):
    """dbt Cloud may have the route; this server does not."""

    status = HTTPStatus.NOT_IMPLEMENTED

    def __init__(self, method: str, path: str) -> None:
        """A refusal of that method and path."""
        super().__init__(f"not emulated: {method} {path}; see localcloud/COVERAGE.md")
