"""The underwriter's pages as they are used: the queue, a decision, lines, products, a person; and what they cost."""

import datetime
import io
import json

import pytest
from applicants import TERMS
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from duly.borrowing.applying import ask_for_review
from duly.borrowing.documents import add_document
from duly.borrowing.drawing import draw
from duly.borrowing.models import Application, LineProduct
from duly.borrowing.products import add_version
from duly.people import approvals
from duly.people.roles import Role, give_roles
from duly.people.services import register_borrower

UNCHECKED = {"name": "Borrower unchecked"}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ann(underwriters) -> Client:
    return signed_in(underwriters[0])


@pytest.fixture
def referred(apply) -> Application:
    return apply(identity=UNCHECKED)


def somebody(role: Role) -> Client:
    user = User.objects.create_user(f"some {role.value}", password="a password of twelve", is_staff=True)
    give_roles(user, role)
    return signed_in(user)


def test_the_queue_shows_who_waits_and_why(ann, referred):
    page = ann.get("/applications").content.decode()
    assert "1 waits for a person" in page
    assert referred.reference in page
    assert "We do not know this yet: whether the income was verified." in page
    assert "¥5,000.00" in page


def test_filters_live_in_the_address(ann, referred, apply):
    other = register_borrower(phone="+86 137 0000 0009")
    refused = apply(other, identity={"is_student": True, "phone": "+86 137 0000 0009"})
    assert refused.reference not in ann.get("/applications").content.decode()
    page = ann.get("/applications?state=refused").content.decode()
    assert refused.reference in page
    assert referred.reference not in page
    assert referred.reference in ann.get(f"/applications?state=all&q={referred.reference}").content.decode()
    assert "No application fits" in ann.get("/applications?taken=mine").content.decode()
    assert ann.get("/applications?state=strange").status_code == 400


def test_an_underwriter_takes_one_and_decides(ann, referred):
    address = reverse("application", args=[referred.reference])
    assert "Take this one" in ann.get(address).content.decode()
    ann.post(f"{address}/take")
    form = ann.get(address).content.decode()
    assert "Above ¥20,000.00" in form
    said = {"outcome": "approved", "limit": "15,000", "grade": "N", "reasons": ["income_shown"], "note": "Payslips."}
    page = ann.post(f"{address}/decide", said, follow=True).content.decode()
    assert "Decided." in page
    referred.refresh_from_db()
    assert (referred.state, referred.decisions.latest("pk").limit) == ("approved", 15000_00)
    assert "Payslips." in page


def test_what_needs_another_waits_and_says_so(ann, referred, underwriters):
    address = reverse("application", args=[referred.reference])
    ann.post(f"{address}/take")
    said = {"outcome": "approved", "limit": "25000", "grade": "N", "reasons": ["income_shown"]}
    page = ann.post(f"{address}/decide", said, follow=True).content.decode()
    assert "Waits for a second person" in page
    approvals.approve(approvals.waiting_for(underwriters[1]).get(), underwriters[1])
    assert "agreed to by ben" in ann.get(address).content.decode()


def test_a_form_that_will_not_do_says_why_and_changes_nothing(ann, referred):
    address = reverse("application", args=[referred.reference])
    ann.post(f"{address}/take")
    for said in ({}, {"outcome": "approved", "limit": "x", "grade": "N", "reasons": ["income_shown"]}):
        page = ann.post(f"{address}/decide", said, follow=True).content.decode()
        assert 'class="answer late"' in page
    referred.refresh_from_db()
    assert referred.state == Application.State.REFERRED


def test_a_decision_is_made_again_on_the_page(ann, apply):
    application = apply()
    page = ann.get(reverse("application", args=[application.reference])).content.decode()
    assert "made again today from what was kept: the same" in page


def test_personal_data_is_masked(ann, referred):
    page = ann.get(reverse("application", args=[referred.reference])).content.decode()
    assert "Borrower unchecked" not in page
    assert "11010519491231002X" not in page
    assert "••••002X" in page


def test_a_review_that_was_asked_for_is_in_the_queue_with_its_words(ann, apply, now):
    refused = apply(identity={"is_student": True})
    ask_for_review(refused, "My studies are over.", now)
    assert "My studies are over." in ann.get(reverse("application", args=[refused.reference])).content.decode()


def test_a_paper_is_downloaded_never_shown(ann, apply, now):
    application = apply(hand_in=False)
    document = add_document(application, "income", "x.html", PDF, now)
    answer = ann.get(reverse("document", args=[document.pk]))
    assert answer.content == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert somebody(Role.FINANCE).get(reverse("document", args=[document.pk])).status_code == 403
    assert ann.get(reverse("document", args=[document.pk + 1])).status_code == 404


def test_a_paper_of_somebody_who_is_not_ones_to_see_is_not_there(apply, now, monkeypatch):
    from duly.people import visibility

    document = add_document(apply(hand_in=False), "income", "a.pdf", PDF, now)
    client = somebody(Role.UNDERWRITER)
    monkeypatch.setattr(visibility, "_sees", {})
    assert client.get(reverse("document", args=[document.pk])).status_code == 404


def test_a_line_is_put_on_hold_and_its_limit_raised_by_two(ann, line, underwriters, today):
    address = reverse("line", args=[line.reference])
    assert "¥30,000.00" in ann.get(address).content.decode()
    page = ann.post(f"{address}/change", {"what": "freeze", "reason": "late_elsewhere"}, follow=True).content.decode()
    assert "On hold" in page
    ann.post(f"{address}/change", {"what": "thaw", "reason": "checked_and_well"})
    page = ann.post(f"{address}/change", {"what": "limit", "limit": "40,000", "reason": "paid_well"}, follow=True)
    assert "Waits for a second person" in page.content.decode()
    approvals.approve(approvals.waiting_for(underwriters[1]).get(), underwriters[1])
    assert "¥40,000.00" in ann.get(address).content.decode()
    assert ann.post(f"{address}/change", {"what": "freeze", "reason": "accepted"}, follow=True).status_code == 200
    assert "On hold" not in ann.get(address).content.decode().split("<section")[0]


def test_finance_looks_at_lines_and_changes_none(line):
    client = somebody(Role.FINANCE)
    assert client.get("/credit-lines").status_code == 200
    assert client.post(reverse("change_line", args=[line.reference]), {}).status_code == 403


def test_a_version_is_proposed_and_compared(ann, product, underwriters):
    changed = TERMS | {"line_months": 24}
    said = {"code": "cash-line", "name_en": "Cash line", "name_zh": "现金额度", "terms": json.dumps(changed)}
    page = ann.post("/products/cash-line/new", said, follow=True).content.decode()
    assert "Waits for a second person" in page
    assert LineProduct.objects.count() == 1
    approvals.approve(approvals.waiting_for(underwriters[1]).get(), underwriters[1])
    page = ann.get("/products/cash-line?version=2&against=1").content.decode()
    assert "/line_months" in page
    assert "v2" in page


@pytest.mark.parametrize("terms", ["{", json.dumps(TERMS | {"line_months": 0}), "[]"])
def test_terms_that_cannot_be_come_back_with_the_reason(ann, product, terms):
    said = {"code": "cash-line", "name_en": "Cash line", "name_zh": "现金额度", "terms": terms}
    answer = ann.post("/products/cash-line/new", said)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_a_persons_page_has_everything_in_time_order(ann, line, borrower, now, today):
    draw(line, 5000_00, 6, "equal_installment", key="a", at=now + datetime.timedelta(hours=1), on=today)
    page = ann.get(reverse("person", args=[borrower.reference])).content.decode()
    in_order = ["Waits for a signature", "Line opened", "Approved", "Application handed in", "Application begun"]
    places = [page.index(words) for words in in_order]
    assert places == sorted(places)
    assert "¥25,000.00 left of ¥30,000.00" in page
    only = ann.get(reverse("person", args=[borrower.reference]) + "?kind=lines").content.decode()
    assert "Line opened" in only
    assert "Application begun" not in only


def test_who_looked_at_personal_data_is_for_compliance(ann, line, borrower):
    address = reverse("person", args=[borrower.reference])
    assert ann.get(f"{address}?kind=reveals").status_code == 400
    assert somebody(Role.COMPLIANCE).get(f"{address}?kind=reveals").status_code == 200


def test_a_person_without_an_application_is_not_an_underwriters_to_see(ann):
    other = register_borrower(phone="+86 137 0000 0010")
    assert ann.get(reverse("person", args=[other.reference])).status_code == 404


@pytest.mark.parametrize("role", [Role.BORROWER, Role.AGENCY, Role.COLLECTOR, Role.LEGAL, Role.ADMINISTRATOR])
def test_the_queue_is_for_underwriters_and_compliance(role, referred):
    client = somebody(role)
    for address in ("/applications", reverse("application", args=[referred.reference])):
        assert client.get(address).status_code == 403


def test_no_page_costs_more_than_fifteen_queries(ann, line, apply, borrower, now, today, django_assert_max_num_queries):
    for number in range(3):
        draw(line, 1000_00, 6, "equal_installment", key=f"{number}", at=now, on=today)
        other = register_borrower(phone=f"+86 137 0000 002{number}")
        apply(other, identity=UNCHECKED | {"phone": f"+86 137 0000 002{number}"})
    add_version("other-line", "Other line", "其他额度", TERMS, today, added_by="ann", approved_by="ben")
    application = Application.objects.latest("pk")
    for address in (
        "/applications?state=all",
        reverse("application", args=[application.reference]),
        "/credit-lines",
        reverse("line", args=[line.reference]),
        "/products",
        "/products/cash-line",
        reverse("person", args=[borrower.reference]),
    ):
        with django_assert_max_num_queries(15):
            assert ann.get(address).status_code == 200


def test_a_picture_upload_is_the_pictures_own_type(ann, apply, now):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (10, 10)).save(out, "PNG")
    document = add_document(apply(hand_in=False), "identity", "me.html", out.getvalue(), now)
    assert ann.get(reverse("document", args=[document.pk])).headers["Content-Type"] == "image/png"
