"""Sends messages to webhooks, in a thread that neither runs nor requests wait for.

An event is sent at most five times; then its webhook is deactivated. Source:
https://docs.getdbt.com/docs/deploy/webhooks, which says so without the pauses between. Each webhook
gets its events in their order; one that does not answer delays the others for as long as an attempt takes.
Only this machine is contacted, whatever the webhook's address. Events that wait when the
server ends are lost.
"""

import hashlib
import hmac
import logging
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from localcloud.cancellation import CancellationToken, Cause
from localcloud.clock import Clock, iso
from localcloud.loopback import is_loopback
from localcloud.state.store import Doc, Session, Store
from localcloud.webhooks.messages import Message

ANSWER_SECONDS = 10.0
"""How long a receiver may take. Source: https://docs.getdbt.com/docs/deploy/webhooks"""

ATTEMPTS = 5

_FIRST_PAUSE_SECONDS = 0.2
"""Between the first attempt and the second; each further pause is twice as long. Ours."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """The result of one attempt.

    Attributes:
        contacted: Whether the address is one of this machine.
        status: The HTTP status of the answer; nothing without one.
        problem: Why the message has not arrived, if so. Without the address, which may hold
            a secret of the receiver.
    """

    contacted: bool
    status: int | None
    problem: str | None


def send(url: str, key: str, body: bytes, cancellation: CancellationToken) -> Outcome:
    """Send a signed message once, without following redirects.

    Args:
        url: Where to.
        key: What to sign with: `Authorization` is the SHA-256 HMAC of the body, in hexadecimal.
        body: The message, in JSON.
        cancellation: Ends the attempt.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Outcome(False, None, "its address cannot be understood")
    if not is_loopback(host):
        problem = "the local dbt Cloud contacts this machine only (localhost, 127.0.0.1, ::1)"
        return Outcome(False, None, problem)
    connection = (
        HTTPSConnection(host, port or 443, timeout=ANSWER_SECONDS)
        if parts.scheme == "https"
        else HTTPConnection(host, port or 80, timeout=ANSWER_SECONDS)
    )

    def abort() -> None:
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    headers = {
        "Authorization": hmac.new(key.encode(), body, hashlib.sha256).hexdigest(),
        "Content-Type": "application/json",
        "Connection": "close",
    }
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    # The connection's own limit begins anew with each byte of the answer.
    limit = threading.Timer(ANSWER_SECONDS, abort)
    limit.start()
    try:
        with cancellation.on_cancel(abort):
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
    except (OSError, HTTPException, ValueError) as error:
        return Outcome(True, None, f"no answer ({type(error).__name__})")
    finally:
        limit.cancel()
        connection.close()
    arrived = 200 <= status < 300
    return Outcome(True, status, None if arrived else f"answered {status}")


@dataclass
class _Queue:
    """The events of one webhook that wait, oldest first, and when the first is sent."""

    due: float
    messages: deque[Message] = field(default_factory=deque)
    failures: int = 0


class WebhookDelivery:
    """Sends the messages that transactions announce, after their commit."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Send the messages announced in `store`, and store the results there."""
        self._store = store
        self._clock = clock
        self._changed = threading.Condition()
        self._queues: dict[int, _Queue] = {}
        self._cancellation = CancellationToken()
        self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)
        store.listen(self._take)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def close(self) -> None:
        """Stop sending, and abort a message that is being sent."""
        self._cancellation.cancel(Cause.SHUTDOWN)
        with self._changed:
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _take(self, message: Message) -> None:
        with self._changed:
            queue = self._queues.setdefault(message.webhook_id, _Queue(time.monotonic()))
            queue.messages.append(message)
            self._changed.notify_all()

    def _work(self) -> None:
        while (queue := self._next()) is not None:
            message = queue.messages[0]
            try:
                done = self._attempt(message, last=queue.failures + 1 == ATTEMPTS)
            except Exception:  # noqa: BLE001 - logged; one that fails must not end all later ones
                _LOG.exception("webhook wsu_%s: the message could not be sent", message.webhook_id)
                done = True
            with self._changed:
                queue.due = time.monotonic()
                if done:
                    queue.failures = 0
                    queue.messages.popleft()
                else:
                    queue.due += _FIRST_PAUSE_SECONDS * 2**queue.failures
                    queue.failures += 1
                if not queue.messages:
                    del self._queues[message.webhook_id]

    def _next(self) -> _Queue | None:
        """The queue whose next attempt is due, once it is; nothing at the end of the server."""
        with self._changed:
            while not self._cancellation.is_cancelled:
                queue = min(self._queues.values(), key=lambda queue: queue.due, default=None)
                seconds = None if queue is None else queue.due - time.monotonic()
                if seconds is not None and seconds <= 0:
                    return queue
                self._changed.wait(seconds)
        return None

    def _attempt(self, message: Message, *, last: bool) -> bool:
        """Send the message; return whether it is done, or must be sent again."""
        with self._store.reading() as session:
            webhook = _webhook(session, message)
        if webhook is None:
            return True
        outcome = send(webhook["client_url"], message.key, message.body, self._cancellation)
        if not outcome.contacted:
            _LOG.warning("webhook wsu_%s gets no message: %s", webhook["id"], outcome.problem)
            return True
        if self._cancellation.is_cancelled:
            return True
        reason = f"{ATTEMPTS} attempts failed, the last: {outcome.problem}"
        failed = last and outcome.problem is not None
        with self._store.writing() as session:
            webhook = _webhook(session, message)
            if webhook is not None:
                now = iso(self._clock.now())
                webhook.update(dispatched_at=now, updated_at=now)
                if outcome.status is not None:
                    webhook["http_status_code"] = str(outcome.status)
                if failed:
                    webhook.update(active=False, deactivate_reason=reason)
                    _LOG.warning("webhook wsu_%s is deactivated: %s", webhook["id"], reason)
                session.put("webhook", webhook)
        return last or outcome.problem is None


def _webhook(session: Session, message: Message) -> Doc | None:
    """The webhook that a message is for, unless it was deleted, replaced or switched off."""
    webhook = session.get("webhook", message.webhook_id)
    if webhook is None or not webhook["active"]:
        return None
    known = session.secrets_of("webhook", webhook["id"]).get("hmac_secret")
    return webhook if known == message.key else None
