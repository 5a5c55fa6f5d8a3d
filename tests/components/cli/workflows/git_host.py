"""A git host's comments on one pull request, on loopback."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "made-up-token-of-the-git-host"
OWN, OTHER = 7, 8
"""Numbers of the token's user, and of somebody else."""


@dataclass
class GitHost:
    """What the host has, and what was asked of it.

    Attributes:
        comments: By number; `by` is the number of who wrote it.
        answers: Statuses to answer the next requests with, instead of doing what they ask; 0 does it and hangs up.
    """

    kind: str
    comments: dict = field(default_factory=dict)
    answers: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    origin: str = ""

    def add(self, body, by=OWN):
        number = 100 + len(self.comments)
        self.comments[number] = {"body": body, "by": by}
        return number

    @property
    def env(self):
        if self.kind == "github":
            return {
                "GITHUB_ACTIONS": "true",
                "GITHUB_API_URL": self.origin,
                "GITHUB_REPOSITORY": "data/stack",
                "GITHUB_TOKEN": TOKEN,
                "PULL_REQUEST": "12",
            }
        return {
            "CI_API_V4_URL": f"{self.origin}/api/v4",
            "CI_PROJECT_ID": "3",
            "CI_MERGE_REQUEST_IID": "12",
            "GITLAB_TOKEN": TOKEN,
        }

    @property
    def paths(self):
        """The list, the path of one comment, and who the token's user is."""
        if self.kind == "github":
            return "/repos/data/stack/issues/12/comments", "/repos/data/stack/issues/comments/", ""
        notes = "/api/v4/projects/3/merge_requests/12/notes"
        return notes, f"{notes}/", "/api/v4/user"

    def shown(self, number):
        comment = self.comments[number]
        login = "github-actions[bot]" if comment["by"] == OWN else "somebody"
        return {
            "id": number,
            "body": comment["body"],
            "user": {"login": login},
            "author": {"id": comment["by"]},
        }


@contextmanager
def running(kind):
    host = GitHost(kind)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or "null")
            url = urlsplit(self.path)
            host.requests.append((self.command, url.path, dict(self.headers)))
            status = host.answers.pop(0) if host.answers else None
            if status:
                self.answer(status, {"message": f"no: {TOKEN}"})
                return
            sent = self.headers.get("Authorization", self.headers.get("PRIVATE-TOKEN", ""))
            found = self.route(url, body) if TOKEN in sent else (401, {})
            if status == 0:
                self.close_connection = True
                return
            self.answer(*found)

        do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815 - the server's names

        def route(self, url, body):
            listed, one, user = host.paths
            if self.command == "GET" and url.path == user:
                return 200, {"id": OWN}
            if self.command == "GET" and url.path == listed:
                query = parse_qs(url.query)
                size, page = int(query["per_page"][0]), int(query["page"][0])
                numbers = sorted(host.comments)[(page - 1) * size : page * size]
                return 200, [host.shown(number) for number in numbers]
            if self.command == "POST" and url.path == listed:
                return 201, host.shown(host.add(body["body"]))
            is_update = self.command == ("PATCH" if kind == "github" else "PUT")
            if is_update and url.path.startswith(one):
                number = int(url.path.removeprefix(one))
                host.comments[number]["body"] = body["body"]
                return 200, host.shown(number)
            return 404, {}

        def answer(self, status, body):
            content = json.dumps(body).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{host.origin}/elsewhere")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
