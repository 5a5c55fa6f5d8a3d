"""Refuses requests that come from other machines or from other servers' pages."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from localcloud.http.answers import error_response
from localcloud.http.errors import ForbiddenError
from localcloud.loopback import is_loopback

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class HostGuard:
    """Refuses requests that a web page of anybody else could have made.

    A page can have its own name resolve to 127.0.0.1 and so reach this server from a browser; its
    requests show that name in `Host`. A page of another program on this machine, on another port,
    is named in `Origin`, which browsers send with every changing request.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        """Check requests before `app` gets them."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it is for this machine, and from this server's pages or from none."""
        if scope["type"] == "http":
            sent = [(name, value.decode("latin-1")) for name, value in scope["headers"]]
            hosts = [value for name, value in sent if name == b"host"] or [""]
            own = {f"http://{host}".lower() for host in hosts}
            origins = {value.lower() for name, value in sent if name == b"origin"}
            if not all(map(_names_loopback, hosts)) or origins - own:
                error = ForbiddenError(
                    "This server answers only requests to localhost, 127.0.0.1 or ::1, and from "
                    "no web page but its own."
                )
                await error_response(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _names_loopback(host: str) -> bool:
    """Whether a `Host` header, with a port or none, names this machine."""
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        # Brackets that are no address.
        return False
