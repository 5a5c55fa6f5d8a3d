"""From templates to HTML: every value is escaped, and every response forbids what pages do not need."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

from localcloud.clock import iso
from localcloud.web.page_request import PageRequest

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
"""The files that pages refer to."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # With `no-referrer` browsers would send forms with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
"""What every page is sent with."""

FILE_HEADERS: Mapping[str, str] = {
    **HEADERS,
    # A file comes from a user's dbt project. If it is HTML, it must not run here.
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
"""What every file of a run is sent with."""


_SIGNS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}
"""From a control character to its visible symbol, such as ␛."""


def html(
    page_request: PageRequest,
    template: str,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **values: object,
) -> Response:
    """The response to a request of a page.

    Args:
        page_request: Whose account the template gets.
        template: A file in `templates/`.
        status: The HTTP status.
        **values: What the template needs besides.
    """
    clock = page_request.services.clock
    rendered = _ENVIRONMENT.get_template(template).render(
        account=page_request.account,
        clock=clock if clock.is_set else None,
        now=iso(clock.now()),
        **values,
    )
    return Response(rendered, status, HEADERS, media_type="text/html")


def text(content: str) -> Response:
    """A log as it is."""
    return Response(content, headers=FILE_HEADERS, media_type="text/plain")


def _visible(value: object) -> object:
    """A value of a template, with visible symbols instead of control characters.

    Names and logs may contain any character; a browser would hide or drop these.
    """
    return value.translate(_SIGNS) if type(value) is str else value


def _time(moment: str) -> str:
    """A moment as the API writes it, made readable for people and for programs; always UTC."""
    at = datetime.fromisoformat(moment).astimezone(UTC)
    return Markup('<time datetime="{}">{} UTC</time>').format(
        at.isoformat(timespec="seconds").replace("+00:00", "Z"), at.strftime("%Y-%m-%d %H:%M:%S")
    )


def _static(name: str) -> str:
    """The address of a file in `static/`. It changes with the file's content."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["time"] = _time
    names = sorted(file.name for file in STATIC.iterdir())
    environment.globals["static"] = {name: _static(name) for name in names}
    return environment


_ENVIRONMENT = _environment()
