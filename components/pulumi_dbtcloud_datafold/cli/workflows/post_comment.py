"""Put a review into a pull request of GitHub or a merge request of GitLab: one comment, replaced each time.

Everything is read from environment variables:

  COMMENT_FILE            the comment; its first line is the hidden mark by which it is found again

at GitHub

  GITHUB_API_URL          e.g. https://api.github.com
  GITHUB_REPOSITORY       owner/name
  GITHUB_TOKEN            secret: may write to pull requests
  PULL_REQUEST            number of the pull request

at GitLab

  CI_API_V4_URL           e.g. https://gitlab.com/api/v4
  CI_PROJECT_ID           number of the project
  CI_MERGE_REQUEST_IID    number of the merge request
  GITLAB_TOKEN            secret: a project access token with the scope api

and, if wanted:

  COMMENT_RETRY_SECONDS   first pause after a failed request, doubled each time (default 5)

Ends with 0 if the comment is there, otherwise with 1. Needs Python 3.10 or newer and no packages.
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from typing import Any

ATTEMPTS = 4
PAGES = 50
PAGE_SIZE = 100
TIMEOUT_SECONDS = 30
MAY_PASS = (408, 429, 500, 502, 503, 504)


class StopError(Exception):
    """The comment cannot be written; the text says why."""


class NoAnswerError(Exception):
    """A request failed in a way that may pass."""


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect could take the token to another host."""

    def redirect_request(self, *_: object) -> None:
        """Follow none: the answer becomes an error."""


class GitHost:
    """Where comments are: their address, and how the token is sent."""

    def __init__(self, comments: str, headers: dict[str, str]) -> None:
        """Take over address and headers."""
        self.comments = comments
        self.headers = {**headers, "Content-Type": "application/json"}
        self.opener = urllib.request.build_opener(NoRedirects)

    def ask(self, method: str, url: str, body: object = None) -> Any:
        """Return what the host answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, self.headers, method=method)
        try:
            with self.opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in MAY_PASS:
                raise NoAnswerError(f"{method} {url} was answered {error.code}") from None
            raise StopError(f"{method} {url} was answered {error.code}. {self.hint}") from None
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswerError(f"no answer from {url}: {error}") from None
        except ValueError:
            raise StopError(f"{method} {url} was not answered in JSON. {self.hint}") from None

    hint = ""

    def is_own(self, comment: dict[str, Any]) -> bool:
        """Tell whether this token's user wrote it: others could change what they wrote afterwards."""
        raise NotImplementedError

    def update(self, number: int, body: dict[str, str]) -> None:
        """Replace a comment."""
        raise NotImplementedError

    def find(self, mark: str) -> int | None:
        """Return the number of the comment with that mark."""
        for page in range(1, PAGES + 1):
            found = self.ask("GET", f"{self.comments}?per_page={PAGE_SIZE}&page={page}")
            for comment in found:
                if str(comment.get("body") or "").startswith(mark) and self.is_own(comment):
                    return int(comment["id"])
            if len(found) < PAGE_SIZE:
                return None
        return None

    def put(self, text: str) -> str:
        """Write the comment, or replace the one that is there."""
        number = self.find(text.splitlines()[0])
        if number is None:
            self.ask("POST", self.comments, {"body": text})
            return "The comment is new."
        self.update(number, {"body": text})
        return "The comment is replaced."


class GitHub(GitHost):
    """Comments of a pull request.

    Source: https://docs.github.com/en/rest/issues/comments
    """

    hint = "The job needs the permission `pull-requests: write`."

    def __init__(self) -> None:
        """Read the environment."""
        repository = f"{needed('GITHUB_API_URL')}/repos/{needed('GITHUB_REPOSITORY')}"
        self.each = f"{repository}/issues/comments"
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {needed('GITHUB_TOKEN')}",
        }
        super().__init__(f"{repository}/issues/{needed('PULL_REQUEST')}/comments", headers)

    def is_own(self, comment: dict[str, Any]) -> bool:
        """Tell whether a workflow wrote it."""
        return (comment.get("user") or {}).get("login") == "github-actions[bot]"

    def update(self, number: int, body: dict[str, str]) -> None:
        """Replace a comment."""
        self.ask("PATCH", f"{self.each}/{number}", body)


class GitLab(GitHost):
    """Notes of a merge request.

    Source: https://docs.gitlab.com/api/notes/
    """

    hint = (
        "GITLAB_TOKEN is a project access token with the scope api and the role Reporter or higher."
    )

    def __init__(self) -> None:
        """Read the environment."""
        self.api = needed("CI_API_V4_URL")
        project = f"{self.api}/projects/{needed('CI_PROJECT_ID')}"
        self.user: int | None = None
        notes = f"{project}/merge_requests/{needed('CI_MERGE_REQUEST_IID')}/notes"
        super().__init__(notes, {"PRIVATE-TOKEN": needed("GITLAB_TOKEN")})

    def is_own(self, comment: dict[str, Any]) -> bool:
        """Tell whether the token's user wrote it."""
        if self.user is None:
            self.user = int(self.ask("GET", f"{self.api}/user")["id"])
        return (comment.get("author") or {}).get("id") == self.user

    def update(self, number: int, body: dict[str, str]) -> None:
        """Replace a note."""
        self.ask("PUT", f"{self.comments}/{number}", body)


def needed(name: str) -> str:
    """Return a variable that must be set."""
    value = os.environ.get(name, "").strip()
    if not value or not value.isprintable():
        raise StopError(f"{name} is not set. No comment is written.")
    return value


def main() -> None:
    """Write the comment; look again before each attempt, so that there is never a second one."""
    with open(needed("COMMENT_FILE"), encoding="utf-8") as file:
        text = file.read()
    host = GitHub() if os.environ.get("GITHUB_ACTIONS") else GitLab()
    pause = float(os.environ.get("COMMENT_RETRY_SECONDS", "5"))
    for attempt in range(1, ATTEMPTS + 1):
        try:
            print(host.put(text))
            return
        except NoAnswerError as error:
            if attempt == ATTEMPTS:
                raise StopError(f"{error}. That was attempt {attempt}, the last one.") from None
            print(f"{error}. Another attempt in {pause:g} s.")
        time.sleep(pause)
        pause *= 2


if __name__ == "__main__":
    try:
        main()
    except (StopError, OSError) as stop:
        sys.exit(f"error: {stop}")
