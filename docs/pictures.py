"""Take the pictures of the pages anew: `.venv/bin/python docs/pictures.py http://127.0.0.1:8765`, after `make story`.

It needs a Chromium or Chrome, on PATH or named by the variable CHROMIUM.
"""

import os
import shutil
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome", "chrome")
WIDTH, HEIGHT = 1100, 760
SIZE_LIMIT = 150_000
"""Bytes of one picture: all of them together come with each clone."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("address")
def main(address: str) -> None:
    """Take a picture of the start page of the local dbt Cloud at ADDRESS, and of its merge job."""
    named = os.environ.get("CHROMIUM")
    program = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not program:
        raise click.ClickException("no Chromium or Chrome; name one in the variable CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(address)
        page.screenshot(path=IMAGES / "local-dbt-cloud.png")
        page.get_by_role("row").filter(has_text="Merge").get_by_role("link").last.click()
        page.screenshot(path=IMAGES / "job.png")
        browser.close()
    for picture in sorted(IMAGES.glob("*.png")):
        size = picture.stat().st_size
        click.echo(f"{picture.name}: {size} bytes")
        if size > SIZE_LIMIT:
            raise click.ClickException(f"{picture.name} is larger than {SIZE_LIMIT} bytes")


if __name__ == "__main__":
    main()
