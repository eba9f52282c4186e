"""On a phone, in English and Chinese: three questions, offers, another suggested, the code, the plan; and relief."""

import datetime

import pytest
from django.conf import settings

from accessible import serious_faults
from browser import PHONE, browser_at
from duly.collection.hardship.models import HardshipApplication
from duly.collection.plans.models import Plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_from_i_cannot_pay_to_a_plan(loans, borrower, phone, today, live_server, code_sent, language, tmp_path):
    borrower.phone = "+8613800000000"
    borrower.language = language[:2]
    borrower.save()
    first_day = str(today + datetime.timedelta(days=20))
    with browser_at(live_server.url, viewport=PHONE) as page:
        for name, value in ((settings.SESSION_COOKIE_NAME, phone.cookies[settings.SESSION_COOKIE_NAME].value),
                            (settings.LANGUAGE_COOKIE_NAME, language)):  # fmt: skip
            page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        page.goto("/my/cannot-pay")
        look(page, tmp_path, "1-cannot-pay")
        faults = serious_faults(page)
        page.fill("#monthlyCNY", "300")
        page.fill("#fromCNY", first_day)
        page.click("#plan button")
        page.wait_for_url("**/my/plans/offers/*")
        look(page, tmp_path, "2-offers")
        faults += serious_faults(page)
        page.fill("#months1", "40")
        page.fill("#from1", first_day)
        page.click("form[action$='/suggest'] button")
        look(page, tmp_path, "3-answer")
        faults += serious_faults(page)
        page.click("section[aria-labelledby='answer'] button")
        page.wait_for_url("**/my/plans/sign*")
        look(page, tmp_path, "4-sign")
        faults += serious_faults(page)
        page.fill("#code", code_sent())
        page.click("form[action$='/agree'] button")
        page.wait_for_selector("#facts")
        look(page, tmp_path, "5-plan")
        faults += serious_faults(page)
        page.goto("/my/hardship")
        page.check("input[value='illness']")
        look(page, tmp_path, "6-relief")
        faults += serious_faults(page)
        page.click("section button.act")
        page.wait_for_selector("button.plain")
        page.goto("/my/")
        look(page, tmp_path, "7-home")
    assert faults == []
    assert Plan.objects.get().loan == loans["late"]
    assert HardshipApplication.objects.get().reason == "illness"


def look(page, folder, name):
    """Keep a picture of the page."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
