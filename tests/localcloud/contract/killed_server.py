"""A server that is killed while clients write, and what they were answered."""

import itertools
import os
import random
import signal
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from localcloud import process
from localcloud.server import DATABASE
from localcloud.testing import TOKEN
from tests.localcloud.contract.client import ACCOUNT, AUTH, Client, triggers
from tests.localcloud.contract.client import JOB as PRODUCTION_JOB

JOBS = f"/v2/accounts/{ACCOUNT}/jobs/"
TOKENS = f"/v3/accounts/{ACCOUNT}/service-tokens/"
JOB = {**PRODUCTION_JOB, "triggers": triggers()}
GONE = "gone"
MEMBER = {"permission_set": "member", "all_projects": True}


@dataclass
class Writer:
    """One client that makes, renames and deletes jobs, and makes tokens with their permissions.

    Attributes:
        known: What was last answered of each job: its name, or `GONE`.
        tokens: The text of each token by id, with whether its permissions were answered.
        open: What the request under way would make of a job, or `None` for a new one.
        steps: Numbers for names, over all rounds.
    """

    number: int
    known: dict[int, str] = field(default_factory=dict)
    tokens: dict[int, tuple[str, bool]] = field(default_factory=dict)
    open: dict[int | None, str] = field(default_factory=dict)
    steps: itertools.count = field(default_factory=itertools.count)

    def work(self, server, answered):
        """Change things until the server is gone."""
        chance = random.Random(self.number)
        with Client(server, TOKEN) as client:
            for step in self.steps:
                try:
                    self._change(client, chance, f"{self.number}-{step}")
                except httpx.TransportError:
                    return
                self.open = {}
                answered.release()

    def _change(self, client, chance, name):
        living = [job_id for job_id, known in self.known.items() if known != GONE]
        what = chance.choice(("make", "make", "rename", "delete", "token"))
        if what == "token":
            made = client.post(TOKENS, {"name": name, "state": 1})
            self.tokens[made["id"]] = (made["token_string"], False)
            row = {**MEMBER, "account_id": 1, "service_token_id": made["id"]}
            client.post(f"{TOKENS}{made['id']}/permissions/", [row])
            self.tokens[made["id"]] = (made["token_string"], True)
        elif what == "make" or not living:
            self.open = {None: name}
            made = client.post(JOBS, {**JOB, "name": name})
            self.known[made["id"]] = name
        else:
            job_id = chance.choice(living)
            self.open = {job_id: GONE if what == "delete" else name}
            if what == "delete":
                client.delete(f"{JOBS}{job_id}/")
            else:
                client.post(f"{JOBS}{job_id}/", {**JOB, "id": job_id, "name": name})
            self.known[job_id] = self.open[job_id]


def stored_jobs(client):
    """The name of every job."""
    found = {}
    while page := client.get(f"{JOBS}?offset={len(found)}").json()["data"]:
        found |= {job["id"]: job["name"] for job in page}
    return found


def kill(pid):
    """End the server with SIGKILL, and wait until the process is gone."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def outlive(data: Path, answers: Iterable[int]) -> list[Writer]:
    """Kill the server on a directory time and again, each time after so many answered changes; see that all are there.

    Returns:
        The clients that made the changes.

    Raises:
        AssertionError: Something that was answered is not there, or something else is.
    """
    writers = [Writer(number) for number in range(4)]
    unanswered = set()
    running, _ = process.start(data, 0, None)
    for count in answers:
        answered = threading.Semaphore(0)
        threads = [
            threading.Thread(target=writer.work, args=(running, answered)) for writer in writers
        ]
        for thread in threads:
            thread.start()
        assert all(answered.acquire(timeout=30) for _ in range(count))
        kill(running.pid)
        for thread in threads:
            thread.join()

        with sqlite3.connect(data / DATABASE) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        file.close()
        running, _ = process.start(data, 0, None)
        with httpx.Client(base_url=running.url, headers=AUTH) as client:
            stored = stored_jobs(client)
            unanswered |= {writer.open[None] for writer in writers if None in writer.open}
            for writer in writers:
                for job_id, known in writer.known.items():
                    # As answered, or as the request left it that got no answer.
                    now = stored.pop(job_id, GONE)
                    assert now in (known, writer.open.get(job_id))
                    writer.known[job_id] = now
                for token_id, (text, granted) in writer.tokens.items():
                    rows = client.get(f"{TOKENS}{token_id}/permissions/").json()["data"]
                    assert rows or not granted
                    seen = client.get(JOBS, headers={"Authorization": f"Token {text}"})
                    assert seen.status_code == (200 if rows else 404)
                writer.open = {}
        # Of the rest each is one that was made without an answer.
        assert set(stored.values()) <= unanswered
    return writers
