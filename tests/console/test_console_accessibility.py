"""Every page of the staff's that links lead to, in both languages: axe-core finds no serious fault."""

import pytest
from django.conf import settings

from accessible import faults_of_every_page
from browser import browser_at
from duly.people.roles import STAFF, give_roles


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_page_has_a_serious_fault(lent, staff, clerk, live_server, language):
    give_roles(staff, *STAFF)
    with browser_at(live_server.url) as page:
        for name, value in ((settings.SESSION_COOKIE_NAME, clerk.cookies[settings.SESSION_COOKIE_NAME].value),
                            (settings.LANGUAGE_COOKIE_NAME, language)):  # fmt: skip
            page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        seen, faults = faults_of_every_page(page, "/", outside=("/my",))
    assert faults == []
    assert {"book", "loans", "loan", "explain_loan", "duties", "applications", "payments", "suspense"} <= seen
