"""An engine that is killed between what dbt Cloud has stored and what the state records."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from tests.infra.engine.deployment import Deployment
from toolchain.fake_provider.api import Api


class Kill:
    """A kill that waits for its write.

    Attributes:
        write: What it met: method and path.
    """

    write: str | None = None


@contextmanager
def at_write(stack: Deployment, number: int, *, is_stored: bool = True) -> Iterator[Kill]:
    """Kill the engine that works on the stack when the provider, which runs in this process, writes to dbt Cloud.

    Args:
        stack: The stack; the engine's process is the one that holds its lock.
        number: Which write of the block, from 1 on.
        is_stored: dbt Cloud has stored it, and the provider holds the answer. Otherwise it is not sent.
    """
    kill, count, counting = Kill(), 0, threading.Lock()
    send = Api._answer

    def answer(api: Api, method: str, path: str, body: object = None) -> object:
        nonlocal count
        if method == "GET":
            return send(api, method, path, body)
        with counting:
            count += 1
            is_due = count == number
        if is_due and not is_stored:
            _kill_engine(stack)
            kill.write = f"{method} {path}"
            raise ConnectionAbortedError
        found = send(api, method, path, body)
        if is_due:
            _kill_engine(stack)
            kill.write = f"{method} {path}"
        return found

    with mock.patch.object(Api, "_answer", answer):
        yield kill


def _kill_engine(stack: Deployment) -> None:
    [lock] = (stack.folder / "state" / ".pulumi" / "locks").rglob("*.json")
    os.kill(json.loads(lock.read_text())["pid"], signal.SIGKILL)
