"""The pages in a real browser: sign in, read the book, open a loan, change date and language; by keyboard too."""

import re

from playwright.sync_api import Page, expect

from browser import PHONE, browser_at


def sign_in(page: Page, password: str) -> None:
    page.goto("/")
    page.get_by_label("Name").fill("clerk")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_from_signing_in_to_a_loan_on_another_date_in_another_language(lent, staff, password, live_server):
    with browser_at(live_server.url) as page:
        sign_in(page, password)
        expect(page.get_by_role("heading", level=1)).to_have_text("The book at the close of 6 March 2025")
        expect(page.get_by_text("Ledger ties")).to_be_visible()

        page.get_by_role("link", name="1–30 days").click()
        page.get_by_role("link", name="late-1").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("late-1")
        expect(page.get_by_text("3 days overdue")).to_be_visible()

        page.get_by_label("On any date").fill("2025-03-01")
        page.get_by_role("button", name="Show").click()
        expect(page).to_have_url(re.compile(r"/loans/late-1\?on=2025-03-01$"))
        expect(page.get_by_role("heading", name="Position on 1 March 2025")).to_be_visible()
        expect(page.get_by_text("Up to date").first).to_be_visible()

        page.get_by_role("button", name="简体中文").click()
        expect(page.get_by_role("heading", name="2025年3月1日的借据状态")).to_be_visible()
        expect(page).to_have_url(re.compile(r"/loans/late-1\?on=2025-03-01$"))
        assert page.locator("html").get_attribute("lang") == "zh-hans"


def test_the_list_is_walked_by_keyboard(lent, staff, password, live_server):
    with browser_at(live_server.url) as page:
        sign_in(page, password)
        page.goto("/loans?bucket=overdue")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.keyboard.press("j")
        second = page.locator("[data-row]").nth(1)
        expect(second).to_be_focused()
        reference = second.inner_text()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(reference)


def test_nothing_runs_off_a_phone(lent, staff, password, live_server):
    with browser_at(live_server.url, viewport=PHONE) as page:
        sign_in(page, password)
        expect(page.get_by_text("Ledger ties")).to_be_visible()
        for language in ("简体中文", "English"):
            page.get_by_role("button", name=language).click()
            expect(page.get_by_role("button", name=language)).to_have_attribute("aria-pressed", "true")
            for address in ("/", "/loans", "/loans/late-1"):
                page.goto(address)
                assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], address
