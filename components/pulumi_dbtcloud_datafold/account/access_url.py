"""The account's address, in the form each reader wants.

Source: https://docs.getdbt.com/docs/platform/about-platform/access-regions-ip-addresses
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from pulumi_dbtcloud_datafold.settings.problems import broken_rule

DEFAULT_HOST = "cloud.getdbt.com"
"""What the provider uses when no host is set. dbt Labs no longer lists it for new accounts."""

_EXAMPLE = "copy Access URL from dbt Cloud, Account settings, e.g. https://ab123.us1.dbt.com"
_HOST_LIMIT = 253
_LABEL_LIMIT = 63
"""Characters that a host name, and a part of one between dots, have at most. Source: RFC 1035, 2.3.4."""
_HOST_NAME = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?")
"""With a dot, which a token pasted into the wrong place has not; no text that is none of it is ever shown."""


@dataclass(frozen=True)
class AccessUrl:
    """Where a dbt Cloud account lives.

    Attributes:
        origin: Scheme and host without a path, as Datafold's form wants it.
    """

    origin: str

    @classmethod
    def parse(cls, text: str) -> "AccessUrl":
        """Read an address in any usual form: a bare host, with or without scheme, path or `/api`.

        Raises:
            PydanticCustomError: It is not the address of a web server, or it would send the token unencrypted.
        """
        stripped = text.strip()
        no_address = broken_rule("this is not the address of a dbt Cloud account", _EXAMPLE)
        try:
            parts = urlsplit(stripped if "://" in stripped else f"https://{stripped}")
        except ValueError:
            raise no_address from None
        no_port = broken_rule("the port of this address is not a number from 1 to 65535", _EXAMPLE)
        try:
            port = parts.port
        except ValueError:
            raise no_port from None
        if port == 0:
            raise no_port
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not names_server(parts):
            raise no_address
        if "@" in parts.netloc:
            raise broken_rule("an address must not carry a user name or password", _EXAMPLE)
        if parts.scheme == "http" and not is_loopback(host):
            raise broken_rule(
                "http would send the token unencrypted", "write https instead of http"
            )
        shown = f"[{host}]" if ":" in host else host
        return cls(f"{parts.scheme}://{shown}" + (f":{port}" if port else ""))

    @property
    def api(self) -> str:
        """The form the provider wants: with `/api`."""
        return f"{self.origin}/api"

    @property
    def is_encrypted(self) -> bool:
        """Whether it is reached by HTTPS."""
        return self.origin.startswith("https:")

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(urlsplit(self.origin).hostname or "")

    def job(self, account_id: int, project_id: int, job_id: int) -> str:
        """Return the page of a job."""
        return f"{self.origin}/deploy/{account_id}/projects/{project_id}/jobs/{job_id}"

    def run(self, account_id: int, project_id: int, run_id: int) -> str:
        """Return the page of a run."""
        return f"{self.origin}/deploy/{account_id}/projects/{project_id}/runs/{run_id}"


def names_server(parts: SplitResult) -> bool:
    """Tell whether an address has the name or the number that a server could have."""
    host = parts.hostname or ""
    # urlsplit takes the brackets of IPv6 from anything: [v1.x].
    is_bracketed_name = "[" in parts.netloc and ":" not in host
    return _is_host(host) and not is_bracketed_name


def _is_host(host: str) -> bool:
    if is_loopback(host) or (_is_ip_address(host) and "%" not in host):
        return True
    if host.rpartition(".")[2].isdecimal():
        return False
    is_short = len(host) <= _HOST_LIMIT and max(map(len, host.split("."))) <= _LABEL_LIMIT
    return is_short and bool(_HOST_NAME.fullmatch(host))


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Tell whether a host name means this machine."""
    return host == "localhost" or (_is_ip_address(host) and ipaddress.ip_address(host).is_loopback)
