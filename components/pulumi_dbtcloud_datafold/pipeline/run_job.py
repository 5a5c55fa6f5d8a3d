"""Start a dbt Cloud job for a merged commit, follow its run to the end, and fail if the run does.

Everything is read from environment variables:

  DBT_CLOUD_TOKEN         secret: a service token that may run the job
                          (permission set Job Runner; Job Admin on the legacy Team plan)
  DBT_CLOUD_ACCESS_URL    the account's Access URL, e.g. https://ab123.us1.dbt.com
  DBT_CLOUD_ACCOUNT_ID    number of the account
  DBT_CLOUD_JOB_ID        number of the job
  DBT_CLOUD_GIT_SHA       commit to build
  DBT_CLOUD_GIT_BRANCH    branch it was merged into
  DBT_CLOUD_STARTED_BY    what asks for the run, different each time, e.g. 'GitLab job 5'

and, if wanted:

  DBT_CLOUD_WAIT_MINUTES     stop following after so long; the run goes on (default 300)
  DBT_CLOUD_POLL_SECONDS     time between two looks at the run (default 10)
  DBT_CLOUD_RETRY_SECONDS    first pause after a failed request, doubled each time (default 10)
  DBT_CLOUD_TIMEOUT_SECONDS  longest wait for an answer (default 30)

Ends with 0 if the run succeeded, otherwise with 1. Needs Python 3.10 or newer and no packages.
"""

import argparse
import http.client
import json
import os
import re
import signal
import socket
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

ATTEMPTS = 6
LONGEST_PAUSE = 600.0
# dbt Cloud can answer 404 for a run that it has just started.
VISIBLE_AFTER_SECONDS = 60.0
LONGEST_ANSWER = 50_000_000
# From the first byte of an answer to its last.
ANSWER_SECONDS = 120.0
LONGEST_SETTING = 1_000_000.0
SHOWN_CHARACTERS = 1000
SUCCESS, ERROR, CANCELLED = 10, 20, 30
WORDS = {1: "queued", 2: "starting", 3: "running", 10: "succeeded", 20: "failed", 30: "cancelled"}
REQUIRED = ("TOKEN", "ACCESS_URL", "ACCOUNT_ID", "JOB_ID", "GIT_SHA", "GIT_BRANCH", "STARTED_BY")
NUMBERS = ("WAIT_MINUTES", "POLL_SECONDS", "RETRY_SECONDS", "TIMEOUT_SECONDS")
HINTS = {
    401: "the token is not known at this address: compare the access URL with Account settings in "
    "dbt Cloud, then see whether the token was replaced and the secret still has the old one",
    403: "the token may not run this job, or the account's IP allowlist does not have this runner",
    404: "dbt Cloud says so too when the token may not see the job: compare the numbers of account "
    "and job, and the token's permission set and projects",
}


class StopError(Exception):
    """The pipeline fails; the text says why."""


class NoAnswerError(Exception):
    """A request failed in a way that may pass."""

    def __init__(self, problem: str, *, arrived: bool, pause: float | None = None) -> None:
        """Note whether dbt Cloud may have done what was asked, and the pause it asks for."""
        super().__init__(problem)
        self.arrived = arrived
        self.pause = pause


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect could take the token to another host."""

    def redirect_request(self, *_: object) -> None:
        """Follow none: the answer becomes an error."""


class Pipeline:
    """One run of one job, from its start to its end."""

    def __init__(self, settings: dict[str, str]) -> None:
        """Take over the settings, by the names above without their prefix."""
        self.token = settings["TOKEN"]
        self.origin = settings["ACCESS_URL"].rstrip("/")
        self.account, self.job = settings["ACCOUNT_ID"], settings["JOB_ID"]
        self.sha, self.branch = settings["GIT_SHA"], settings["GIT_BRANCH"]
        self.cause = f"Merge commit {self.sha} ({settings['STARTED_BY']})"[:255]
        self.wait_minutes = float(settings.get("WAIT_MINUTES", 300))
        self.poll_seconds = float(settings.get("POLL_SECONDS", 10))
        self.retry_seconds = float(settings.get("RETRY_SECONDS", 10))
        self.timeout_seconds = float(settings.get("TIMEOUT_SECONDS", 30))
        self.where = f"job {self.job} of account {self.account} at {self.origin}"
        self.in_doubt = False
        self.visible_by = 0.0
        self.opener = urllib.request.build_opener(NoRedirects)

    def run(self) -> None:
        """Start a run and follow it; raise StopError if it does not succeed."""
        say(f"Starting {self.where}: {self.cause}, branch {self.branch}")
        try:
            run = self.start()
            self.visible_by = time.monotonic() + VISIBLE_AFTER_SECONDS
            self.where = self.page(run)
            say(f"Run {run['id']}: {self.where}")
            run = self.follow(run)
            told = f"run {run['id']} {WORDS[run['status']]}"
            say(f"dbt Cloud: {told}")
            summarize(f"[dbt Cloud: {told}]({self.where})")
            if self.in_doubt:
                self.report_twins(run)
            if run["status"] != SUCCESS:
                reasons = filter(None, [run.get("status_message"), *self.failed_steps(run)])
                raise StopError(f"{': '.join([told, *reasons])}. See {self.where}")
        except KeyboardInterrupt:
            message = f"stopped; what runs in dbt Cloud goes on: {self.where}"
            raise StopError(message) from None

    def start(self) -> dict[str, Any]:
        """Start a run, once: if the answer was lost, look for the run before trying again."""
        body = {"cause": self.cause, "git_sha": self.sha, "git_branch": self.branch}
        for attempt in range(ATTEMPTS):
            try:
                started: dict[str, Any] = self.ask("POST", f"jobs/{self.job}/run/", body, is_run)
                return started
            except NoAnswerError as failure:
                problem = failure
            self.pause(problem, attempt)
            if problem.arrived:
                self.in_doubt = True
                if found := self.runs_of_this_pipeline():
                    say(f"The answer was lost, but run {found[0]['id']} was started")
                    return found[0]
        known = "no run was started"
        if self.in_doubt:
            known = "perhaps a run was started all the same: look before you start another"
        raise StopError(f"{problem}; {known}")

    def follow(self, run: dict[str, Any]) -> dict[str, Any]:
        """Return the run when it has ended."""
        path, shown = f"runs/{run['id']}/", None
        deadline = time.monotonic() + 60 * self.wait_minutes
        while run["status"] not in (SUCCESS, ERROR, CANCELLED):
            if run["status"] != shown:
                shown = run["status"]
                say(f"Run {run['id']} is {WORDS.get(shown, shown)}")
            if time.monotonic() >= deadline:
                message = f"run {run['id']} has not ended after {self.wait_minutes:g} minutes"
                raise StopError(f"{message}; it goes on without this pipeline: {self.where}")
            time.sleep(self.poll_seconds)
            try:
                run = self.patiently(lambda: self.ask("GET", path, None, is_run))
            except StopError as reason:
                message = f"{reason}; run {run['id']} was started and may go on: {self.where}"
                raise StopError(message) from None
        return run

    def runs_of_this_pipeline(self) -> list[dict[str, Any]]:
        """Return the runs that were started by this very pipeline, newest first."""
        query = {"job_definition_id": self.job, "order_by": "-id", "limit": 50}
        path = f"runs/?{urllib.parse.urlencode(query)}&include_related=[%22trigger%22]"
        runs = self.patiently(lambda: self.ask("GET", path, None, are_runs))
        return [run for run in runs if cause_of(run) == self.cause]

    def report_twins(self, run: dict[str, Any]) -> None:
        """Say so if a request that seemed lost has started a second run after all."""
        try:
            runs = self.runs_of_this_pipeline()
        except StopError as reason:
            say(f"cannot look for a second run of the same commit: {reason}", "warning")
            return
        for twin in runs:
            if twin["id"] != run["id"]:
                message = f"run {twin['id']} was started for the same commit: {self.page(twin)}"
                say(message, "warning")

    def failed_steps(self, run: dict[str, Any]) -> list[str]:
        """Return the names of the steps that failed. Their logs stay in dbt Cloud."""
        path = f"runs/{run['id']}/?include_related=[%22run_steps%22]"
        try:
            steps = self.patiently(lambda: self.ask("GET", path, None, is_run)).get("run_steps")
        except StopError:
            return []  # The run has failed, and that is what the pipeline reports.
        named = (
            [each for each in steps if isinstance(each, dict)] if isinstance(steps, list) else []
        )
        return [str(each.get("name")) for each in named if each.get("status") == ERROR]

    def page(self, run: dict[str, Any]) -> str:
        """Return the address of a run's page."""
        project = f"{self.origin}/deploy/{self.account}/projects/{run['project_id']}"
        return f"{project}/runs/{run['id']}/"

    def patiently(self, request: Callable[[], Any]) -> Any:
        """Return the answer to a request that may be repeated."""
        for attempt in range(ATTEMPTS):
            try:
                return request()
            except NoAnswerError as failure:
                problem = failure
            self.pause(problem, attempt)
        raise StopError(f"{problem}; see {self.where}")

    def pause(self, problem: NoAnswerError, attempt: int) -> None:
        """Wait as long as dbt Cloud asks for, otherwise longer each time; not after the last."""
        say(f"{problem} (attempt {attempt + 1} of {ATTEMPTS})")
        if attempt + 1 < ATTEMPTS:
            asked = self.retry_seconds * 2**attempt if problem.pause is None else problem.pause
            time.sleep(min(asked, LONGEST_PAUSE))

    def ask(
        self,
        method: str,
        path: str,
        body: dict[str, str] | None,
        is_right: Callable[[Any], bool],
    ) -> Any:
        """Send one request and return the `data` of its answer, if that is as expected."""
        request = urllib.request.Request(
            f"{self.origin}/api/v2/accounts/{self.account}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Token {self.token}",
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
        )
        what = f"{method} {path.partition('?')[0]}"
        try:
            with self.opener.open(request, timeout=self.timeout_seconds) as answer:
                data = json.loads(read(answer, LONGEST_ANSWER))["data"]
            if not is_right(data):
                raise ValueError
            return data
        except urllib.error.HTTPError as error:
            raise self.refused(what, error) from None
        except (ValueError, KeyError, TypeError, RecursionError):
            problem = f"{what} was not answered as dbt Cloud does; is {self.origin} the access URL?"
            raise NoAnswerError(problem, arrived=True) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            known = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
            unsent = isinstance(reason, known)
            problem = f"{what}: no answer from {self.origin}: {reason or type(reason).__name__}"
            raise NoAnswerError(problem, arrived=not unsent) from None

    def refused(self, what: str, error: urllib.error.HTTPError) -> Exception:
        """Return what an answer with an error status means: failed for good, or for now."""
        try:
            text = read(error, SHOWN_CHARACTERS * 10).decode(errors="replace")
        except (OSError, http.client.HTTPException) as broken:
            text = str(broken)
        said = plain(text.replace(self.token, "***"))[:SHOWN_CHARACTERS]
        problem = f"{what} was answered {error.code}: {said or error.reason}"
        is_new_run = error.code == 404 and time.monotonic() < self.visible_by
        if error.code in (408, 429) or error.code >= 500 or is_new_run:
            asked = error.headers.get("Retry-After", "")
            pause = float(asked[:9]) if asked.isascii() and asked.isdecimal() else None
            return NoAnswerError(problem, arrived=error.code != 429, pause=pause)
        hint = HINTS.get(error.code, "")
        if error.code < 400:
            hint = f"a redirect, so {self.origin} is not the account's access URL"
        return StopError(f"{problem} -- {hint}" if hint else problem)


def read(answer: Any, limit: int) -> bytes:
    """Return the bytes of an answer, at most so many; a slow server cannot prolong it without end."""
    deadline = time.monotonic() + ANSWER_SECONDS
    text = b""
    while len(text) < limit and (part := answer.read1(min(limit - len(text), 1_000_000))):
        text += part
        if time.monotonic() > deadline:
            raise TimeoutError(f"the answer has not ended after {ANSWER_SECONDS:.0f} s")
    return text


def is_run(data: Any) -> bool:
    """Tell whether dbt Cloud has answered with a run."""
    keys = ("id", "project_id", "status")
    return isinstance(data, dict) and all(type(data.get(key)) is int for key in keys)


def are_runs(data: Any) -> bool:
    """Tell whether dbt Cloud has answered with a list of runs."""
    return isinstance(data, list) and all(map(is_run, data))


def cause_of(run: dict[str, Any]) -> Any:
    """Return why a run was started; None if the answer does not say."""
    trigger = run.get("trigger")
    return trigger.get("cause") if isinstance(trigger, dict) else None


def plain(text: str) -> str:
    """Return a text on one line, without control characters and colors."""
    text = re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]", "", text)
    return "".join(each if each.isprintable() else " " for each in " ".join(text.split()))


def say(text: str, level: str = "") -> None:
    """Print one line; GitHub shows one with a level beside the workflow run too."""
    # What dbt Cloud says may have line breaks, and a runner could take the next line for a command.
    text = plain(text)
    if level and os.environ.get("GITHUB_ACTIONS"):
        text = f"::{level} title=dbt Cloud::{text.replace('%', '%25')}"
    elif level:
        text = f"{level}: {text}"
    print(text, flush=True)


def summarize(text: str) -> None:
    """Add a line to the summary that GitHub shows of the workflow run."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with open(path, "a", encoding="utf-8") as summary:
                summary.write(f"{text}\n")
        except OSError as error:
            say(f"the summary cannot be written ({error.strerror}); the run is not affected")


def read_settings() -> dict[str, str]:
    """Return what the environment says; raise StopError with all that is missing or wrong."""
    prefix = "DBT_CLOUD_"
    found = {
        name.removeprefix(prefix): value.strip()
        for name, value in os.environ.items()
        if name.startswith(prefix) and value.strip()
    }
    problems = [f"{prefix}{name} is not set" for name in REQUIRED if name not in found]
    if "TOKEN" not in found:
        problems[0] += " (is the secret in the repository's settings, and may this branch use it?)"
    if not all("!" <= character <= "~" for character in found.get("TOKEN", "")):
        problems.append(f"{prefix}TOKEN has a character that no token has: paste the secret again")
    for name in NUMBERS:
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", found.get(name, "0")):
            problems.append(f"{prefix}{name} is not a number")
        elif float(found.get(name, "0")) > LONGEST_SETTING:
            problems.append(f"{prefix}{name} is above {LONGEST_SETTING:.0f}")
    try:
        address = urllib.parse.urlsplit(found.get("ACCESS_URL", "https://"))
    except ValueError:
        address = urllib.parse.urlsplit("")
    if address.scheme != "https" and address.hostname not in ("127.0.0.1", "::1", "localhost"):
        problems.append(f"{prefix}ACCESS_URL does not begin with https://")
    if problems:
        raise StopError("; ".join(problems))
    return found


def interrupt(*_: object) -> None:
    """Let a runner's request to stop end the program as Ctrl-C does."""
    raise KeyboardInterrupt


def main() -> int:
    """Run the pipeline; return the exit code."""
    argparse.ArgumentParser(
        prog="run_job.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    ).parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)
    try:
        Pipeline(read_settings()).run()
    except StopError as reason:
        say(str(reason), "error")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
