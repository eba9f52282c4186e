"""The answers to borrowers' questions: public, in both languages, and true of what is in force."""

import datetime
import re

import pytest
from django.test import Client
from django.utils import timezone

from duly.agencies.models import Agency, Mandate
from duly.lending.models import Loan
from duly.portal.help import rights_in

PAGES = ["", "/legal-department", "/lender-or-agency", "/late", "/rights", "/person"]
A_DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_is_public_and_speaks_both_languages(db, page: str, language: str, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(3):
        answer = Client().get(f"/help{page}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    main = re.search(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    assert main is not None
    text = re.sub(r"<[^>]+>|Duly Demonstration Lender|[\w.+-]+@[\w.]+|GB/T|Duly|AI|Example Road|Beijing", " ", main[0])
    if language != "en":
        assert not re.search(r"[A-Za-z]{4,}", text), re.findall(r".{20}[A-Za-z]{4,}.{20}", text)[:3]


def test_rights_name_their_sources_in_the_readers_language() -> None:
    found = [right for rights in rights_in("zh").values() for right in rights]
    assert any("22:00" in one.source for one in found)
    assert {one.title for one in found} >= {"夜间不得催收", "公示投诉渠道"}
    titles = [one.title for one in found]
    assert len(titles) == len(set(titles))


def test_the_agencies_of_today_are_listed_and_no_others(db) -> None:
    assert "is a fraud" in Client().get("/help/lender-or-agency").content.decode()
    on = timezone.localdate()
    for code, begins, ends in (("now", -1, 1), ("past", -9, -2)):
        agency = Agency.objects.create(
            code=code, name=f"Agency {code}", licence="L", telephone="1", email="a@a.example"
        )
        Mandate.objects.create(
            number=f"M-{code}", agency=agency, begins_on=on + begins * A_DAY, ends_on=on + ends * A_DAY
        )
    page = Client().get("/help/lender-or-agency").content.decode()
    assert "M-now" in page
    assert "M-past" not in page


def test_a_borrower_sees_the_dates_and_amounts_of_their_own_loan(phone: Client, loans: dict[str, Loan]) -> None:
    page = phone.get("/help/late").content.decode()
    assert loans["late"].reference in page
    assert "brings the loan up to date" in page
    assert "Step by step" in Client().get("/help/late").content.decode()
