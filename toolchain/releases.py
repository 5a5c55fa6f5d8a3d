"""Official releases from the internet, with a short trial and at most one failure a day."""

import hashlib
import os
import re
import tarfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from http.client import HTTPException
from pathlib import Path
from typing import TypeVar

from toolchain import cache
from toolchain.cache import HEARTBEAT_SECONDS, Report

CHOICE = "DATAFOLD_RELEASES"
"""Environment variable for the server of releases.

Unset: Pulumi's own server. `off`: nothing is downloaded. A URL: a mirror, which has all files in one
folder.
"""

ANSWER_SECONDS = 3.0
"""How long a server may take to answer, the look-up of its name included."""

SILENCE_SECONDS = 10.0
"""How long a download may pause."""

_CHUNK_BYTES = 1 << 20

_Result = TypeVar("_Result")


class DownloadError(Exception):
    """A release could not be downloaded. The text is for the user."""


def mirror() -> str | None:
    """Return the mirror that the user names, without a slash at the end."""
    choice = os.environ.get(CHOICE, "")
    return None if choice in ("", "off") else choice.rstrip("/")


def attempt(what: str, download: Callable[[], _Result], report: Report) -> _Result | None:
    """Download something, unless that is switched off or failed today.

    Args:
        what: The thing, for messages and for the name of the file that remembers a failure.
        download: Does it.
        report: Receives one line about a failure.

    Returns:
        What `download` returns; None if nothing was downloaded.
    """
    choice = os.environ.get(CHOICE, "")
    if choice == "off":
        return None
    failure = cache.directory() / f"{what}-download-failed"
    today = f"{date.today()} {choice}"
    if failure.is_file() and failure.read_text() == today:
        return None
    try:
        return download()
    except DownloadError as error:
        failure.parent.mkdir(parents=True, exist_ok=True)
        failure.write_text(today)
        report(f"{what}: no official release today: {error} ({CHOICE}=off never tries)")
        return None


def answer(url: str) -> tuple[int, str]:
    """GET a small document; return the status and the text of the answer.

    Raises:
        DownloadError: there is no answer within `ANSWER_SECONDS`.
    """
    answered: Future[tuple[int, str]] = Future()

    def ask() -> None:
        try:
            with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as response:  # noqa: S310
                answered.set_result((response.status, response.read().decode(errors="replace")))
        except urllib.error.HTTPError as error:
            error.close()
            answered.set_result((error.code, ""))
        except (OSError, HTTPException) as error:
            answered.set_exception(DownloadError(f"{url}: {error}"))

    # In a thread: the look-up of a name has no timeout of its own.
    threading.Thread(target=ask, daemon=True).start()
    try:
        return answered.result(ANSWER_SECONDS)
    except TimeoutError:
        message = f"{url} does not answer within {ANSWER_SECONDS:.0f} s"
        raise DownloadError(message) from None


def unpack(server: str, archive: str, checksums: str, folder: Path, report: Report) -> None:
    """Download an archive, check it and unpack it.

    Args:
        server: Address of the folder that has the files.
        archive: Name of the archive, a `.tar.gz`.
        checksums: Name of the file with the SHA-256 of each archive: lines of sum and name.
        folder: Where to unpack it; made, and empty before.
        report: Receives the lines about progress.

    Raises:
        DownloadError: it cannot be downloaded whole.
    """
    status, listing = answer(f"{server}/{checksums}")
    found = re.search(rf"^([0-9a-f]{{64}}) [ *]{re.escape(archive)}$", listing, re.MULTILINE)
    if found is None:
        message = f"{server}/{checksums} (status {status}) has no checksum of {archive}"
        raise DownloadError(message)
    folder.mkdir(parents=True)
    file = folder / archive
    url = f"{server}/{archive}"
    if _download(url, file, report) != found[1]:
        message = f"{url} is not whole, or not the file that {checksums} is about"
        raise DownloadError(message)
    try:
        with tarfile.open(file) as opened:
            opened.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        message = f"{url} cannot be unpacked: {error}"
        raise DownloadError(message) from error
    file.unlink()


def _download(url: str, file: Path, report: Report) -> str:
    """Write what is at an address into a file; return its SHA-256."""
    digest = hashlib.sha256()
    size = 0
    reported = time.monotonic()
    try:
        with (
            urllib.request.urlopen(url, timeout=SILENCE_SECONDS) as response,  # noqa: S310
            file.open("wb") as target,
        ):
            while chunk := response.read(_CHUNK_BYTES):
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                if time.monotonic() >= reported + HEARTBEAT_SECONDS:
                    reported = time.monotonic()
                    report(f"{file.name}: {size / 1e6:.0f} MB so far")
    except (OSError, HTTPException) as error:
        message = f"{url}: {error}"
        raise DownloadError(message) from error
    return digest.hexdigest()
