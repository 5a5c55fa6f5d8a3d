"""An engine that is killed between what dbt Cloud has stored and what the state records."""

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from tests.infra.engine.deployment import Deployment
from toolchain.fake_provider.api import Api
from toolchain.fake_provider.failure import ProviderError

_SECONDS = 30.0


@contextmanager
def at_writes(
    stack: Deployment, number: int, *, passing: str = "^$", sent: bool = True
) -> Iterator[list[str]]:
    """Kill the engine that works on the stack when so many writes to dbt Cloud are under way at once.

    dbt Cloud has stored each of them, and the provider, which runs in this process, holds the answers. The value fills
    with the writes.

    Args:
        stack: The engine is the process that has its lock.
        number: Of writes.
        passing: Writes that match this, as method and path, are answered at once.
        sent: Otherwise the writes are not sent at all.
    """
    held: list[str] = []
    counting, killed = threading.Lock(), threading.Event()
    send = Api._answer

    def answer(api: Api, method: str, path: str, body: object = None) -> object:
        write = f"{method} {path}"
        if method == "GET" or re.search(passing, write):
            return send(api, method, path, body)
        if sent:
            send(api, method, path, body)
        with counting:
            held.append(write)
            if len(held) == number:
                _kill_engine(stack)
                killed.set()
        assert killed.wait(_SECONDS), f"of {number} writes there are {held}"
        # A provider whose engine is gone ends, too.
        raise ProviderError

    with mock.patch.object(Api, "_answer", answer):
        yield held


def _kill_engine(stack: Deployment) -> None:
    [lock] = (stack.folder / "state" / ".pulumi" / "locks").rglob("*.json")
    os.kill(json.loads(lock.read_text())["pid"], signal.SIGKILL)
