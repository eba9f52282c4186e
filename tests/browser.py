"""A real browser for tests: Debian's Chromium, whose every complaint fails the test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

# What a person's browser does and a test's must not: look for updates, keep profiles in step, use a graphics card.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = {"width": 390, "height": 844}


@contextmanager
def browser_at(address: str, **options: object) -> Iterator[Page]:
    """A page of a new browser; whatever the page complains of fails the test."""
    chromium = shutil.which("chromium") or "chromium"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(base_url=address, locale="en-GB", **options)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert complaints == [], complaints
