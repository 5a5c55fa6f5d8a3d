"""A program that receives the messages of webhooks."""

import hashlib
import hmac
import json
import queue
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECONDS = 20


@dataclass(frozen=True)
class Post:
    """A request: `signature` is that of the header."""

    path: str
    signature: str
    content_type: str
    body: bytes

    @property
    def content(self):
        return json.loads(self.body)

    @property
    def event(self):
        return self.content["eventType"]

    def is_signed_with(self, key):
        expected = hmac.new(key.encode(), self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, self.signature)


class Receiver(AbstractContextManager):
    """Listens on loopback and records requests.

    Attributes:
        next_answers: The statuses of the next answers, each once; then it is 200.
        open: While it is clear, requests are recorded but not answered.
    """

    def __init__(self, host="127.0.0.1"):
        self.next_answers = []
        self.open = threading.Event()
        self.open.set()
        self._posts = queue.SimpleQueue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = self.headers["Authorization"], self.headers["Content-Type"]
                receiver._posts.put(Post(self.path, *headers, body))
                receiver.open.wait(SECONDS)
                status = receiver.next_answers.pop(0) if receiver.next_answers else 200
                self.send_response(status)
                self.send_header("Location", f"{receiver.url}/elsewhere")
                self.end_headers()

            def log_message(self, *_):
                """No output: a failing receiver is part of the tests."""

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def next(self):
        """The next request; waits for it."""
        return self._posts.get(timeout=SECONDS)

    def is_idle(self):
        """Whether every request has been looked at."""
        return self._posts.empty()

    def __exit__(self, *_):
        self.open.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
