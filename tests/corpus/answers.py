"""Answers that dbt Cloud would not give, by name, and a server that gives one of them in place of the right answer."""

import gzip
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from localcloud.testing import NO_TLS, TOKEN
from tests.web_server import Request, serving

DRIP_SECONDS = 0.02
"""Between two bytes of an answer that never ends."""
HEAVY_BYTES = 100_000_000

JSON = {"Content-Type": "application/json"}


def changed(**keys: Any) -> Callable[[Any], bytes]:
    """An answer with other keys."""
    return lambda right: json.dumps({**right, **keys}).encode()


def items(change: Callable[[Any], Any]) -> Callable[[Any], bytes]:
    """An answer in which each item, or the one object, has been changed."""

    def answer(right: Any) -> bytes:
        data = right["data"]
        odd = [change(item) for item in data] if isinstance(data, list) and data else change(data)
        return json.dumps({**right, "data": odd}).encode()

    return answer


def all_values(value: Any) -> Callable[[Any], bytes]:
    """An answer in which each value of each item is another one."""
    return items(lambda item: dict.fromkeys(item, value) if isinstance(item, dict) else value)


def numbers(value: Any) -> Callable[[Any], bytes]:
    """An answer in which each number of a thing is another one."""
    return items(lambda item: {**item, "id": value} if isinstance(item, dict) else value)


def pages(total: Any) -> Callable[[Any], bytes]:
    """An answer that claims another number of items."""
    return changed(extra={"pagination": {"total_count": total, "count": 1}})


NO_ANSWER: dict[str, bytes] = {
    "nothing": b"",
    "a space": b" ",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"text"',
    "a number": b"7",
    "an empty object": b"{}",
    "no data": b'{"status": {"code": 200}}',
    "data null": b'{"data": null}',
    "data a number": b'{"data": 7}',
    "data a text": b'{"data": "text"}',
    "data of null": b'{"data": [null]}',
    "data of lists": b'{"data": [[]]}',
    "data without keys": b'{"data": [{}]}',
    "1000 levels": b'{"data": ' + b"[" * 1000 + b"]" * 1000 + b"}",
    "1000 levels of objects": b'{"data": ' + b'{"a":' * 1000 + b"1" + b"}" * 1000 + b"}",
    "100,000 levels": b"[" * 100_000,
    "cut in the middle": b'{"data": [{"id": 1, "na',
    "two answers": b'{"data": []}{"data": []}',
    "quotes of another kind": b"{'data': []}",
    "not UTF-8": b'{"data": "\xff\xfe"}',
    "half a character": b'{"data": "\\ud800"}',
    "UTF-16": '{"data": []}'.encode("utf-16"),
    "a web page": b"<!doctype html><title>Log in</title>",
    "a page in Latin 1": "<p>Zugriff verweigert für Sie</p>".encode("latin-1"),
    "XML": b'<?xml version="1.0"?><error/>',
    "colors": b"\x1b[31mred\x1b[0m\x07",
}
"""What is no answer of dbt Cloud at any address."""

ODD_ANSWER: dict[str, Callable[[Any], bytes]] = {
    "values null": all_values(None),
    "values texts": all_values("text"),
    "values numbers": all_values(7),
    "values 0": all_values(0),
    "values true": all_values(True),
    "values lists": all_values([]),
    "values objects": all_values({}),
    "values long": all_values("x" * 100_000),
    "numbers as texts": numbers("7"),
    "numbers below zero": numbers(-1),
    "numbers with a fraction": numbers(1.5),
    "numbers without an end": numbers(2**70),
    "NaN": numbers(float("nan")),
    "no status": lambda right: json.dumps({"data": right["data"]}).encode(),
    "extra null": changed(extra=None),
    "extra a list": changed(extra=[]),
    "pagination null": changed(extra={"pagination": None}),
    "a count that is text": pages("7"),
    "a count below zero": pages(-1),
    "a count without an end": pages(10**30),
    "missing pages": pages(100_000),
    "a data object": changed(data={"id": 1}),
    "an empty list": changed(data=[]),
}
"""What differs from the right answer in one thing; of some of them nothing is used at some addresses."""


@dataclass(frozen=True)
class Raw:
    """What is written on the connection: the parts one after the other, and what happens then.

    Attributes:
        end: `close`, `reset`, or `hang`, until the client leaves.
    """

    parts: Callable[[], Iterator[bytes]]
    end: str = "close"


def head(status: str = "200 OK", **headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def drip() -> Iterator[bytes]:
    yield head(Content_Type="application/json", Content_Length="100000")
    while True:
        time.sleep(DRIP_SECONDS)
        yield b" "


def heavy() -> Iterator[bytes]:
    yield head(Content_Type="application/json", Content_Length=str(HEAVY_BYTES))
    yield b'{"data": ['
    for _ in range(HEAVY_BYTES // 1_000_000):
        yield b'{"id":1},' * 111_111


def status(text: str, body: bytes = b"", **headers: str) -> Raw:
    headers = {
        **{"Content_Type": "text/html", "Content_Length": str(len(body)), "Connection": "close"},
        **headers,
    }
    return Raw(lambda: iter([head(text, **headers), body]))


WIRE: dict[str, Raw] = {
    "closed at once": Raw(lambda: iter(())),
    "reset": Raw(lambda: iter(()), "reset"),
    "closed in the headers": Raw(lambda: iter([b"HTTP/1.1 200 OK\r\nContent-"])),
    "closed in the middle": Raw(lambda: iter([head(Content_Length="100"), b'{"data": ['])),
    "closed in a chunk": Raw(lambda: iter([head(Transfer_Encoding="chunked"), b"ff\r\n{"])),
    "reset in the middle": Raw(lambda: iter([head(Content_Length="100"), b"{"]), "reset"),
    "another protocol": Raw(lambda: iter([b"SSH-2.0-OpenSSH_9.6\r\n"])),
    "no status": Raw(lambda: iter([b"HTTP/1.1 abc\r\n\r\n"])),
    "a header without an end": Raw(lambda: iter([b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000])),
    "not packed": status("200 OK", b"{}", Content_Encoding="gzip"),
    "no content": status("204 No Content"),
    "a redirect": status("302 Found", Location="https://login.example.com/?next=plantedNext"),
    "a redirect to a script": status("301 Moved", Location="javascript:alert(1)"),
    "a redirect to itself": status("307 Again", Location="/"),
    "a redirect to nowhere": status("308 Moved", Location="https://[::1"),
    "a redirect without an address": status("302 Found"),
    "another charset": status(
        "200 OK", b'{"data": []}', Content_Type="application/json; charset=utf-7"
    ),
    "418": status("418 Teapot", b"<html>"),
    "400 with the token": status(
        "400 Bad", b'{"status": {"user_message": "Token %s"}}' % TOKEN.encode()
    ),
    "400 with much": status(
        "400 Bad", b'{"status":{"user_message":"\\u001b[31m' + b"x" * 10**6 + b'"}}'
    ),
    "a status of null": status("400 Bad", b'{"status": null, "data": null}'),
}
SLOW: dict[str, Raw] = {
    "silent": Raw(lambda: iter(()), "hang"),
    "slow": Raw(drip),
    "100 MB": Raw(heavy),
    "100 MB, packed": Raw(
        lambda: iter(
            [head(Content_Encoding="gzip"), gzip.compress(b" " * HEAVY_BYTES, compresslevel=1)]
        )
    ),
    "packed twice": Raw(
        lambda: iter(
            [
                head(Content_Encoding="gzip, gzip"),
                gzip.compress(gzip.compress(b" " * HEAVY_BYTES)),
            ]
        )
    ),
}
"""What takes as long or as much as the client lets it."""


def answer(name: str, right: bytes) -> Raw:
    """Return the answer of that name, where `right` would be the right one."""
    if raw := WIRE.get(name) or SLOW.get(name):
        return raw
    body = NO_ANSWER[name] if name in NO_ANSWER else ODD_ANSWER[name](json.loads(right))
    return status("200 OK", body, Content_Type="application/json")


@dataclass
class OtherCloud:
    """Passes requests on to a local dbt Cloud, keeps its answers, and spoils those of one route.

    Attributes:
        route: Method and path whose answers are spoiled; None spoils none.
        evil: The name of what is answered there.
        asked: The routes that were asked, in order.
    """

    origin: str
    upstream: str
    route: str | None = None
    evil: str = ""
    asked: list[str] = field(default_factory=list)
    _answers: dict[tuple[str, str, str], tuple[int, bytes]] = field(default_factory=dict)

    def forget(self) -> None:
        """Ask the local dbt Cloud anew: something has changed there."""
        self._answers.clear()

    def right(self, method: str, path: str, token: str, body: bytes) -> tuple[int, bytes]:
        key = (method, path, token)
        if key not in self._answers:
            found = httpx.request(
                method,
                f"{self.upstream}{path}",
                content=body,
                headers={"Authorization": token, **JSON},
                trust_env=False,
                verify=NO_TLS,
            )
            answer = found.json()
            if method == "POST":
                # The local dbt Cloud has ended a run at once, and nobody would look at it any more.
                answer["data"]["status"] = 1
            self._answers[key] = (found.status_code, json.dumps(answer).encode())
        return self._answers[key]


def _write(request: Request, raw: Raw) -> None:
    request.close_connection = True
    with suppress(OSError):
        for part in raw.parts():
            request.wfile.write(part)
        if raw.end == "hang":
            request.rfile.read(1)
        if raw.end == "reset":
            linger = struct.pack("ii", 1, 0)
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            request.connection.close()


@contextmanager
def spoiled(upstream: str) -> Iterator[OtherCloud]:
    """Serve until the block ends."""

    def pass_on(request: Request) -> None:
        route = f"{request.command} {request.path.partition('?')[0]}"
        cloud.asked.append(route)
        token = request.headers["Authorization"] or ""
        code, right = cloud.right(request.command, request.path, token, request.body)
        if route == cloud.route:
            _write(request, answer(cloud.evil, right))
        else:
            _write(request, status(f"{code} Answered", right, Content_Type="application/json"))

    with serving(pass_on) as server:
        cloud = OtherCloud(server.origin, upstream)
        yield cloud
