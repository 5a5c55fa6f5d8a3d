"""A git host's comments on one pull request, on loopback."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.web_server import serving

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

    def answer(self, request):
        status = self.answers.pop(0) if self.answers else None
        if status:
            elsewhere = {"Location": f"{self.origin}/elsewhere"} if status == 302 else {}
            request.send(status, elsewhere, json.dumps({"message": f"no: {TOKEN}"}))
            return
        sent = request.headers.get("Authorization", request.headers.get("PRIVATE-TOKEN", ""))
        code, found = self.route(request) if TOKEN in sent else (401, {})
        if status is None:
            request.send(code, {}, json.dumps(found))

    def route(self, request):
        listed, one, user = self.paths
        url, body = urlsplit(request.path), json.loads(request.body or "null")
        if request.command == "GET" and url.path == user:
            return 200, {"id": OWN}
        if request.command == "GET" and url.path == listed:
            query = parse_qs(url.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            numbers = sorted(self.comments)[(page - 1) * size : page * size]
            return 200, [self.shown(number) for number in numbers]
        if request.command == "POST" and url.path == listed:
            return 201, self.shown(self.add(body["body"]))
        is_update = request.command == ("PATCH" if self.kind == "github" else "PUT")
        if is_update and url.path.startswith(one):
            number = int(url.path.removeprefix(one))
            self.comments[number]["body"] = body["body"]
            return 200, self.shown(number)
        return 404, {}


@contextmanager
def running(kind):
    host = GitHost(kind)
    with serving(host.answer) as server:
        host.origin, host.requests = server.origin, server.requests
        yield host
