"""The browser of these tests: a Chromium or Chrome that is on the machine already."""

import os
import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

NAMES = (
    # The same engine without what only windows need: a page takes a third of the processor time.
    "chromium-headless-shell",
    *("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"),
)

FOREIGN_NAME = "attacker.example"
"""A name of the internet that resolves to this machine, as a page's owner can have it."""

FLAGS = (
    "--disable-gpu",
    # Nor a process for one.
    "--in-process-gpu",
    # One for all pages: starting another is a seventh of a visit.
    "--renderer-process-limit=1",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever the browser would like to ask: no name is looked up.
    f"--host-resolver-rules=MAP {FOREIGN_NAME} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def find():
    """The program to start: what CHROMIUM names, or else the first on PATH."""
    named = os.environ.get("CHROMIUM")
    found = [path for name in ([named] if named else NAMES) if (path := shutil.which(name))]
    if found:
        return found[0]
    missing = f"CHROMIUM names {named}, which is no program" if named else "no Chromium or Chrome"
    how = (
        f"{missing}: the web page is not tested; install one (Debian: apt-get install chromium-headless-shell), "
        "or name its program in the environment variable CHROMIUM"
    )
    if os.environ.get("CI") == "true":
        pytest.fail(how)
    return pytest.skip(how)


@contextmanager
def started():
    """A browser without a window, on a profile of its own that goes away with it."""
    program = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
