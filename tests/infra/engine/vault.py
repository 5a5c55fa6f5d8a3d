"""A Vault that keeps the key of a stack's secrets, as teams have one.

Where a stack's key is derived from a passphrase, each command of Pulumi takes up to 0.7 s for that.
"""

import base64
import json
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PROVIDER = "hashivault://tests"
"""Pulumi's name for it, as in `pulumi stack init --secrets-provider`."""

_PREFIX = "vault:v1:"


class _Transit(BaseHTTPRequestHandler):
    """Vault's transit engine, as far as Pulumi asks it. Source: https://developer.hashicorp.com/vault/api-docs/secret/transit"""

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/v1/transit/encrypt/tests":
            data = {"ciphertext": _PREFIX + _turned(body["plaintext"])}
        elif self.path == "/v1/transit/decrypt/tests":
            data = {"plaintext": _turned(body["ciphertext"].removeprefix(_PREFIX))}
        else:
            self.send_error(404)
            return
        answer = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _turned(text: str) -> str:
    """Return other base64 than `text`, or, asked again, `text`."""
    return base64.b64encode(bytes(byte ^ 0xFF for byte in base64.b64decode(text))).decode()


@cache
def environment() -> dict[str, str]:
    """Start it, for as long as these tests run; return the environment variables with which Pulumi finds it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Transit)
    Thread(target=server.serve_forever, name="vault", daemon=True).start()
    return {
        "VAULT_SERVER_URL": f"http://127.0.0.1:{server.server_port}",
        "VAULT_SERVER_TOKEN": "made-up",
    }
