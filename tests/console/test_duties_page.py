"""The page of duties: late and due first, marked done by those who may, in both languages, on a phone too."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from browser import PHONE, browser_at
from duly.duties.models import Event, Mark
from duly.duties.services import duties_on, record_event
from duly.people.models import Borrower, Circumstance
from duly.people.roles import Role, give_roles

DAY = datetime.timedelta(days=1)


@pytest.fixture
def disputes(db) -> list[Borrower]:
    """Two borrowers whose objections wait for an answer, one for thirty days, one for fifteen; a third is settled."""
    now = timezone.now()
    people = [Borrower.objects.create(reference=f"B-{days}", time_zones="Asia/Shanghai") for days in (30, 15, 5)]
    for one, days in zip(people, (30, 15, 5), strict=True):
        until = now - DAY if days == 5 else None
        Circumstance.objects.create(borrower=one, kind="disputed", since=now - days * DAY, until=until)
    return people


@pytest.fixture
def desk(staff) -> Client:
    """A member of staff who may mark duties and record events."""
    client = Client()
    client.force_login(staff)
    return client


def key_of(borrower: Borrower) -> str:
    return next(line.begun.key for line in duties_on(timezone.now()) if line.begun.borrower_id == borrower.pk)


def marking(borrower: Borrower, **changes: str) -> dict[str, str]:
    return {"event": key_of(borrower), "duty": "answer_objection", "answer": "the amount was right"} | changes


def test_the_first_line_says_what_is_late_and_what_is_due_this_week(clerk, disputes):
    page = clerk.get("/duties").text
    assert "1 is late" in page
    assert "1 is due within seven days." in page
    assert page.index("B-30") < page.index("B-15")
    assert "B-5<" not in page
    assert "source not yet checked" in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [("state=late", ["B-30"]), ("state=due", ["B-15"]), ("state=done", ["B-5"]), ("q=b-1", ["B-15"])],
)
def test_filters_live_in_the_address(clerk, disputes, query, shown):
    page = clerk.get(f"/duties?{query}").text
    assert [one for one in ("B-30", "B-15", "B-5") if f">{one}<" in page] == shown


def test_a_filter_that_there_is_not_is_refused_and_an_empty_list_says_so(clerk, disputes):
    assert clerk.get("/duties?state=lost").status_code == 400
    assert "No duty fits" in clerk.get("/duties?q=nobody").text


def test_the_page_stays_within_its_budget_of_queries(desk, disputes, django_assert_max_num_queries):
    desk.post("/duties/mark", marking(disputes[0]))
    with django_assert_max_num_queries(10):
        assert desk.get("/duties?state=done").status_code == 200


def test_who_may_marks_one_done_and_puts_it_right(desk, disputes):
    assert desk.post("/duties/mark", marking(disputes[0])).headers["Location"] == "/duties"
    page = desk.get("/duties?state=done").text
    assert "the amount was right" in page
    assert "Done, late" in page
    assert "Nothing is late" in page
    desk.post("/duties/mark", marking(disputes[0], done="no", answer="another dispute", state="done"))
    assert "1 is late" in desk.get("/duties").text


def test_who_may_not_mark_sees_no_form_and_is_refused(clerk, staff, disputes):
    staff.groups.clear()
    give_roles(staff, Role.COLLECTOR)
    assert "Mark as done" not in clerk.get("/duties").text
    for address in ("/duties/mark", "/duties/record"):
        assert clerk.post(address, marking(disputes[0])).status_code == 403
    assert not Mark.objects.exists()


@pytest.mark.parametrize("address", ["/duties", "/duties/mark", "/duties/record"])
def test_strangers_sign_in_first_and_guests_see_nothing(db, address):
    send = Client().get if address == "/duties" else Client().post
    assert send(address).headers["Location"].startswith("/sign-in?next=/")
    guest = Client()
    guest.force_login(User.objects.create_user("guest"))
    assert (guest.get if address == "/duties" else guest.post)(address).status_code == 403


def test_a_form_of_another_site_is_refused(staff, disputes):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    assert client.post("/duties/mark", marking(disputes[0])).status_code == 403


@pytest.mark.parametrize(
    "changes", [{"event": ""}, {"event": "event/0"}, {"at": "tomorrow"}, {"at": "2999-01-01T00:00"}, {"duty": "sue"}]
)
def test_a_mark_that_cannot_be_is_told_in_words(desk, disputes, changes):
    answer = desk.post("/duties/mark", marking(disputes[0], **changes))
    assert answer.status_code == 400
    assert not Mark.objects.exists()


def test_an_event_is_recorded_once_however_often_the_form_is_sent(desk):
    said = {"key": "one", "kind": "agency_mandated", "at": "2026-03-16T10:00", "subject": "North Agency"}
    for _ in range(2):
        assert desk.post("/duties/record", said).status_code == 302
    assert Event.objects.count() == 1
    assert "North Agency" in desk.get("/duties").text


@pytest.mark.parametrize("changes", [{"kind": "full_moon"}, {"subject": ""}, {"borrower": "B-404"}, {"at": ""}])
def test_an_event_that_means_nothing_is_told_in_words(desk, changes):
    said = {"key": "one", "kind": "agency_mandated", "at": "2026-03-16T10:00", "subject": "North Agency"}
    assert desk.post("/duties/record", said | changes).status_code == 400
    assert not Event.objects.exists()


def test_what_people_write_cannot_become_a_page(desk):
    record_event("agency_mandated", timezone.now(), "x", "clerk", subject="<script>alert(1)</script>")
    assert "<script>alert" not in desk.get("/duties").text


def test_the_page_speaks_chinese(clerk, disputes):
    clerk.cookies["django_language"] = "zh-hans"
    page = clerk.get("/duties").text
    for words in ("1 项已逾期", "7 天内到期 1 项", "答复异议", "依据尚未核对原文", "20 日内答复征信异议"):
        assert words in page
    assert "《征信业管理条例》（2013）第二十五条" in page
    assert "Credit reporting industry regulation" not in page


def test_in_a_browser_a_duty_is_found_by_key_and_marked_done_on_a_phone(disputes, staff, password, live_server):
    with browser_at(live_server.url, viewport=PHONE) as page:
        page.goto("/sign-in?next=/duties")
        page.get_by_label("Name").fill("clerk")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("1 is late")).to_be_visible()
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="B-30")).to_be_focused()
        page.get_by_text("Mark as done").first.click()
        page.get_by_label("What was answered or done").first.fill("Checked; the amount was right.")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        page.get_by_role("button", name="Mark as done").click()
        expect(page.get_by_text("Marked as done.")).to_be_visible()
        expect(page.get_by_text("Nothing is late")).to_be_visible()
        for language in ("简体中文", "English"):
            page.get_by_role("button", name=language).click()
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
