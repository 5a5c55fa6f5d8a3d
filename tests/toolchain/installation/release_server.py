"""A server of releases on loopback, which can fail as real ones do."""

import hashlib
import io
import platform
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from toolchain.engine import PINNED_VERSION

MACHINE = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
ARCHIVE = f"pulumi-{PINNED_VERSION}-{sys.platform}-{MACHINE}.tar.gz"
CHECKSUMS = f"pulumi-{PINNED_VERSION[1:]}-checksums.txt"
GO_MACHINE = MACHINE.replace("x64", "amd64")
PLUGIN = f"pulumi-resource-dbtcloud-v1.11.11-{sys.platform}-{GO_MACHINE}.tar.gz"


def archive(**programs):
    """A `.tar.gz` with programs, by their paths; a `__` in a name is a `/`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in programs.items():
            entry = tarfile.TarInfo(name.replace("__", "/").replace("_", "-"))
            entry.size, entry.mode = len(text), 0o755
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


class ReleaseServer:
    """Serves files.

    Attributes:
        url: The folder with all files.
        files: What there is, by name.
        cut_off: Names of files of which it sends half.
        silent: Whether it takes requests and never answers.
        asked: The names that were asked for.
    """

    def __init__(self):
        self.files = {}
        self.cut_off = set()
        self.silent = False
        self.asked = []
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def release_engine(self, version=PINNED_VERSION):
        """Publish an engine with its language host."""
        self.files[ARCHIVE] = archive(
            pulumi__pulumi=f"#!/bin/sh\necho {version}\n",
            pulumi__pulumi_language_python="#!/bin/sh\n",
        )
        digest = hashlib.sha256(self.files[ARCHIVE]).hexdigest()
        self.files[CHECKSUMS] = f"{digest}  {ARCHIVE}\n".encode()

    def close(self):
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(server):  # noqa: N805 - `self` is the request's handler
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.lstrip("/")
                server.asked.append(name)
                if server.silent:
                    server._ended.wait(60)
                    return
                content = server.files.get(name)
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                content = content or b""
                self.wfile.write(
                    content[: len(content) // 2] if name in server.cut_off else content
                )
                self.close_connection = True

            def log_message(self, *arguments):
                pass

        return Handler
