"""A web server of a test, on loopback."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Request(BaseHTTPRequestHandler):
    """A request, and the way to answer it.

    Attributes:
        body: What was sent with it.
    """

    server: "WebServer"
    body: bytes

    def do_GET(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.requests.append(self)
        self.server.answer(self)

    do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815 - the server's names

    def send(self, status: int, headers: Mapping[str, str], text: str | bytes) -> None:
        content = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class WebServer(ThreadingHTTPServer):
    """Has each request answered by a function, and keeps them all."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Request], None]) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.answer = answer
        self.requests: list[Request] = []
        self.origin = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """The client has left."""


@contextmanager
def serving(answer: Callable[[Request], None]) -> Iterator[WebServer]:
    """Serve until the block ends."""
    with WebServer(answer) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
