"""My record and its counterpart for staff: what they show, what an objection does, and whose it is not."""

import re

from django.contrib.auth.models import User
from django.utils import timezone

from duly.bureau.erasing import keep_what_was_reported
from duly.bureau.models import Line, Objection
from duly.bureau.objections import decide, object_to
from duly.people import consents, erase
from duly.people.export import everything_about


def words(page: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.decode()))


def cells(page: bytes) -> list[tuple[str, list[str]]]:
    """The grid: years, and what stands in their twelve months."""
    rows = re.findall(r'<tr><th scope="row">(\d+)</th>(.*?)</tr>', page.decode(), re.S)
    return [
        (year, re.findall(r'<td[^>]*>(?:<span aria-hidden="true">(.*?)</span>.*?)?</td>', row)) for year, row in rows
    ]


def test_the_grid_has_a_cell_a_month_with_what_stands(on_record):
    page = on_record.phone.get("/my/record").content
    assert cells(page) == [
        ("2026", ["N", "N", *[""] * 10]),
        ("2025", ["N", "1", "2", "N", "N", *["N"] * 7]),
    ]
    text = words(page)
    assert "50 days overdue" in text
    assert "before it said: 12 days late, owed ¥1,000.00." in text
    assert "L-other" not in text


def test_the_page_costs_few_queries_however_long_the_record(on_record, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        assert on_record.phone.get("/my/record").status_code == 200


def test_an_objection_is_made_seen_decided_and_answered(on_record):
    february = on_record.lines[1]
    made = on_record.phone.post("/my/record/object", {"line": february.pk, "reason": "I paid on the 6th."}, follow=True)
    assert "You get an answer within 20 days" in words(made.content)
    assert "You objected; we are looking into it" in words(made.content)
    objection = Objection.objects.get()
    listed = words(on_record.legal.get("/credit-record").content)
    assert "1 objection waits" in listed
    assert "L-12 · 2025-02" in listed
    page = words(on_record.legal.get(f"/credit-record/objections/{objection.pk}").content)
    assert "I paid on the 6th." in page
    assert "They differ" in page  # the loan of this test has never been paid
    address = f"/credit-record/objections/{objection.pk}/decide"
    refused = on_record.legal.post(address, {"decision": "refused", "why": " "})
    assert "A decision needs reasons." in words(refused.content)
    on_record.legal.post(address, {"decision": "withdrawn", "why": "The payment was found."})
    objection.refresh_from_db()
    assert (objection.decision, objection.decided_by.username) == ("withdrawn", "legal")
    answered = words(on_record.phone.get("/my/record").content)
    assert "The payment was found." in answered
    assert "the month is taken out of the record" in answered


def test_somebody_elses_line_is_not_there_and_silence_is_no_objection(on_record):
    others = Line.objects.get(loan__reference="L-other")
    for line in (others.pk, 999_999, "none", ""):
        assert on_record.phone.post("/my/record/object", {"line": line, "reason": "Mine"}).status_code == 404
    on_record.phone.post("/my/record/object", {"line": on_record.lines[0].pk, "reason": "  "})
    old = on_record.lines[4]  # put right since
    said = on_record.phone.post("/my/record/object", {"line": old.pk, "reason": "Wrong"}, follow=True)
    assert "This has been put right since." in words(said.content)
    assert not Objection.objects.exists()


def test_legal_sees_whose_objection_it_is_and_the_pages_stay_cheap(on_record, django_assert_max_num_queries):
    for line in on_record.lines[:3]:
        object_to(line, on_record.borrower, "Wrong.", timezone.now())
    with django_assert_max_num_queries(15):
        assert on_record.legal.get("/credit-record").status_code == 200
    with django_assert_max_num_queries(15):
        assert on_record.legal.get(f"/credit-record/objections/{Objection.objects.first().pk}").status_code == 200


def test_who_took_back_their_consent_is_told_that_nothing_new_is_reported(on_record):
    assert "Not reported" not in words(on_record.phone.get("/my/record").content)
    consents.withdraw(on_record.borrower, "credit_report")
    assert "nothing new is" in words(on_record.phone.get("/my/record").content)


def test_erasing_waits_for_an_open_objection_and_takes_its_words(on_record):
    now = timezone.now()
    objection = object_to(on_record.lines[1], on_record.borrower, "I paid on the 6th.", now)
    assert "An objection to the credit record is open." in erase.reasons_against(on_record.borrower, now)
    decide(objection, "refused", "It came later.", User.objects.get(username="legal"), now)
    assert "An objection to the credit record is open." not in erase.reasons_against(on_record.borrower, now)
    kept, gone = keep_what_was_reported(on_record.borrower, now)
    assert (kept.erased, kept.rows, gone.erased, gone.rows) == (False, 15, True, 1)
    objection.refresh_from_db()
    assert (objection.reason, objection.why, objection.decision) == ("", "", "refused")


def test_what_is_taken_along_has_every_month_that_was_reported(on_record):
    assert len(everything_about(on_record.borrower)["bureau.line"]) == 15


def test_the_pages_speak_chinese(on_record):
    on_record.phone.post("/language", {"language": "zh-hans"})
    text = words(on_record.phone.get("/my/record").content)
    assert "我的信用记录" in text
    assert "五级分类：关注" in text
    assert "My credit record" not in text
