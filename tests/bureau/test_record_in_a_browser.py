"""In a real browser: a borrower finds a month that is wrong and objects; legal withdraws it; the borrower sees why."""

import pytest
from django.conf import settings
from playwright.sync_api import Page

from accessible import serious_faults
from browser import PHONE, browser_at

pytestmark = pytest.mark.django_db(transaction=True)


def comes_in(page: Page, client, address: str) -> None:
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": address}])


def test_from_a_wrong_month_to_the_answer(on_record, live_server):
    with browser_at(live_server.url, viewport=PHONE) as page:
        comes_in(page, on_record.phone, live_server.url)
        page.goto("/my/")
        page.get_by_role("link", name="My record").click()
        assert serious_faults(page) == []
        february = page.get_by_role("listitem").filter(has_text="February 2025")
        february.get_by_text("Something is wrong with this month").click()
        february.get_by_label("What is wrong?").fill("I paid on the 6th, see my receipt.")
        february.get_by_role("button", name="Object").click()
        assert page.get_by_text("We have your objection.").is_visible()
    with browser_at(live_server.url) as page:
        comes_in(page, on_record.legal, live_server.url)
        page.goto("/credit-record")
        assert serious_faults(page) == []
        page.get_by_role("link", name="L-12 · 2025-02").click()
        assert serious_faults(page) == []
        page.get_by_label("The borrower is right; the month is taken out of the record").check()
        page.get_by_label("Reasons, as the borrower reads them").fill("Your receipt shows it.")
        page.get_by_role("button", name="Decide").click()
        assert page.get_by_text("No objection waits").is_visible()
    with browser_at(live_server.url, viewport=PHONE) as page:
        comes_in(page, on_record.phone, live_server.url)
        page.goto("/my/record")
        assert page.get_by_text("Your receipt shows it.").is_visible()
        assert serious_faults(page) == []
