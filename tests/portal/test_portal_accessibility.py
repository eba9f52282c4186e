"""Every page of a borrower's, in both languages on a phone: axe-core finds no serious fault."""

import pytest
from django.conf import settings

from accessible import faults_of_every_page
from browser import PHONE, browser_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_has_a_serious_fault(loans, phone, live_server, language):
    with browser_at(live_server.url, viewport=PHONE) as page:
        for name, value in ((settings.SESSION_COOKIE_NAME, phone.cookies[settings.SESSION_COOKIE_NAME].value),
                            (settings.LANGUAGE_COOKIE_NAME, language)):  # fmt: skip
            page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        seen, faults = faults_of_every_page(page, "/my/")
    assert faults == []
    assert {"my_home", "my_loan", "my_every_cent", "due_day", "my_payment", "cannot_pay", "my_line", "my_data"} <= seen
