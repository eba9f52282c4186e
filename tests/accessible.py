"""Whether people with a keyboard or a screen reader can use a page: axe-core's rules for WCAG 2.1 A and AA."""

from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from playwright.sync_api import Page

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
SERIOUS = {"serious", "critical"}


def serious_faults(page: Page) -> list[str]:
    """Each serious fault of the page as it stands: rule, element, what to do."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{urlsplit(page.url).path}: {one['id']}: {node['html'][:120]}: {one['help']}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


def faults_of_every_page(page: Page, start: str, outside: tuple[str, ...] = ()) -> tuple[set[str], list[str]]:
    """The views that links lead to from `start`, each looked at once, and the serious faults of all.

    Links to addresses that begin like one of `outside` are for others, and not followed.
    """
    seen: set[str] = set()
    waiting, faults = [start], []
    while waiting:
        address = waiting.pop(0)
        name = resolve(urlsplit(address).path).url_name or ""
        if name in seen:
            continue
        seen.add(name)
        page.goto(address)
        faults += serious_faults(page)
        links = page.locator("a[href^='/']:not([download])").evaluate_all(
            "all => all.map(one => one.getAttribute('href'))"
        )
        waiting += [link for link in links if not is_a_file(link) and not (outside and link.startswith(outside))]
    return seen, faults


def is_a_file(link: str) -> bool:
    """Whether a link leads to something that is downloaded, or out of the pages that Duly draws itself."""
    path = urlsplit(link).path
    return path.startswith(("/admin", "/api", "/static", "/papers")) or path.endswith(
        ("/contract", "/settled", "/copy", ".csv", ".pdf", ".parquet")
    )
