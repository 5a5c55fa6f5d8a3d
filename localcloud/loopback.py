"""Keeps the server, and what it sends, on this machine."""

import ipaddress


class NotLoopbackError(Exception):
    """The server was to listen where other machines could reach it."""

    def __init__(self, host: str) -> None:
        """A refusal of that host."""
        super().__init__(
            f"{host} is not an address of this machine's loopback; the local dbt Cloud has a "
            "well-known token and listens on loopback only: leave out --host, or give 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own, without asking a name server."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_loopback(host: str) -> None:
    """Refuse to listen on anything else.

    Raises:
        NotLoopbackError: Other machines could reach that address.
    """
    if not is_loopback(host):
        raise NotLoopbackError(host)
