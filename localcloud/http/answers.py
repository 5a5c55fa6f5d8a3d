"""The envelope around every answer, and the pages of lists."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from localcloud.http.errors import ApiError

MAX_PAGE = 100
"""Most items of a page, and the default. Source: dbt Cloud's OpenAPI, parameter `limit`."""


@dataclass(frozen=True)
class Answer:
    """What an operation answers: `data`, and for a list `extra`."""

    data: Any
    status: HTTPStatus = HTTPStatus.OK
    extra: dict[str, Any] | None = None

    def response(self) -> Response:
        """The HTTP response, in dbt Cloud's envelope."""
        body: dict[str, Any] = {
            "status": _status(self.status, "Success!"),
            "data": self.data,
        }
        if self.extra is not None:
            body["extra"] = self.extra
        return json_response(body, self.status)


@dataclass(frozen=True)
class FileAnswer:
    """A file as it is, outside the envelope."""

    content: bytes
    media_type: str

    def response(self) -> Response:
        """The HTTP response: the file's bytes."""
        return Response(self.content, media_type=self.media_type)


@dataclass(frozen=True)
class Page:
    """One page of a list, and how many items there are in all."""

    items: list[dict[str, Any]]
    total: int
    limit: int
    offset: int
    order_by: str
    filters: dict[str, Any] = field(default_factory=dict)

    def answer(self) -> Answer:
        """The page with the counters that clients page by.

        Every list carries all of them: the Terraform provider reads `total_count`,
        dbt-jobs-as-code also `filters.limit` and `filters.offset`.
        """
        extra = {
            "filters": {"limit": self.limit, "offset": self.offset, **self.filters},
            "order_by": self.order_by,
            "pagination": {"count": len(self.items), "total_count": self.total},
        }
        return Answer(self.items, extra=extra)


def created(data: object) -> Answer:
    """What a create answers. Source: recorded creates answer 201, also in `status.code`."""
    return Answer(data, HTTPStatus.CREATED)


def error_response(error: ApiError) -> Response:
    """A refusal in the envelope."""
    body = {"status": _status(error.status, error.user_message), "data": error.data}
    return json_response(body, error.status, error.headers)


def json_response(
    body: object, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    """`body` as compact JSON in its own key order.

    Source: clients store the text of `extended_attributes` and compare it.
    """
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), status, headers, media_type="application/json")


def _status(code: int, message: str) -> dict[str, Any]:
    return {
        "code": int(code),
        "is_success": code < HTTPStatus.BAD_REQUEST,
        "user_message": message,
        "developer_message": "",
    }
