"""The pages of personal data: masked until asked for; approvals by a second person; consents; within a budget."""

import io
import zipfile

import pytest
from django.test import Client
from django.utils import timezone

from duly.people import approvals, consents, erase
from duly.people.models import Approval, Borrower, Reveal
from duly.people.roles import Role
from duly.people.services import register_borrower


@pytest.fixture
def officer(somebody) -> Client:
    return browser_of(somebody("officer", Role.COMPLIANCE))


@pytest.fixture
def second(somebody) -> Client:
    return browser_of(somebody("second", Role.COMPLIANCE))


@pytest.fixture
def mine(somebody, borrower) -> Client:
    """The borrower's own browser, signed in a moment ago."""
    user = somebody("b-12", Role.BORROWER)
    borrower.user = user
    borrower.save()
    client = browser_of(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": timezone.now().timestamp()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def browser_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asking(borrower: Borrower, **changes: str) -> dict[str, str]:
    return {"borrower": borrower.reference, "field": "phone", "why": "call"} | changes


def test_a_datum_is_shown_when_asked_for_and_the_asking_is_listed(officer, borrower):
    page = officer.get(f"/people/{borrower.reference}").text
    assert "••••0012" in page
    assert "+8613800000012" not in page
    assert "+8613800000012" in officer.post("/reveal", asking(borrower), headers={"HX-Request": "true"}).text
    assert "+8613800000012" in officer.post("/reveal", asking(borrower)).text  # without scripts, a page of its own
    assert Reveal.objects.count() == 2
    listed = officer.get("/reveals").text
    assert borrower.reference in listed
    assert "to reach the person" in listed
    assert "+8613800000012" not in listed


@pytest.mark.parametrize("changes", [{"why": ""}, {"why": "curious"}, {"field": "reference"}])
def test_without_a_reason_nothing_is_shown(officer, borrower, changes):
    answer = officer.post("/reveal", asking(borrower, **changes))
    assert answer.status_code == 400
    assert not Reveal.objects.exists()


def test_whom_one_does_not_see_is_not_there(somebody, borrower):
    collector = browser_of(somebody("collector", Role.COLLECTOR))
    assert collector.post("/reveal", asking(borrower)).status_code == 404
    assert collector.get(f"/people/{borrower.reference}").status_code == 404


def test_an_erasure_is_asked_for_by_one_and_agreed_to_by_another(officer, second, borrower):
    officer.post(f"/personal-data/{borrower.reference}/erase")
    approval = Approval.objects.get()
    assert "Agree" not in officer.get("/approvals").text
    assert officer.post(f"/approvals/{approval.pk}", {"answer": "approve"}).status_code == 403
    assert borrower.reference in second.get("/approvals").text
    assert second.post(f"/approvals/{approval.pk}", {"answer": "approve"}).status_code == 302
    assert Borrower.objects.get().phone == ""
    assert "Certificate" in officer.get(f"/personal-data/{borrower.reference}").text


def test_a_refusal_without_a_reason_is_told_in_words(officer, second, borrower):
    officer.post(f"/personal-data/{borrower.reference}/erase")
    answer = second.post(f"/approvals/{Approval.objects.get().pk}", {"answer": "decline", "why": ""}, follow=True)
    assert "a refusal needs a reason" in answer.text
    assert Approval.objects.get().state == "waiting"


def test_what_concerns_others_is_not_decided_nor_seen(officer, somebody, borrower):
    officer.post(f"/personal-data/{borrower.reference}/erase")
    cashier = browser_of(somebody("cashier", Role.FINANCE))
    assert borrower.reference not in cashier.get("/approvals").text
    assert cashier.post(f"/approvals/{Approval.objects.get().pk}", {"answer": "approve"}).status_code == 404


def test_consents_are_given_and_taken_back_by_oneself(mine, borrower):
    mine.post("/my/data/consent", {"purpose": "marketing", "version": "1", "answer": "yes"})
    assert consents.given(borrower, "marketing")
    assert "You agree" in mine.get("/my/data").text
    mine.post("/my/data/consent", {"purpose": "marketing", "version": "1", "answer": "no"})
    assert consents.given(borrower, "marketing") is None
    answer = mine.post("/my/data/consent", {"purpose": "anything", "version": "1", "answer": "yes"}, follow=True)
    assert "could not be saved" in answer.text


def test_a_copy_of_one_s_data_is_one_s_own(mine, borrower):
    register_borrower(reference="another")
    answer = mine.post("/my/data/copy")
    assert answer.headers["Content-Type"] == "application/zip"
    text = zipfile.ZipFile(io.BytesIO(answer.content)).read("data.json").decode()
    assert borrower.reference in text
    assert "another" not in text


def test_a_copy_needs_a_sign_in_of_the_last_minutes(mine, borrower):
    session = mine.session
    session["account_authentication_methods"] = [{"method": "code", "at": timezone.now().timestamp() - 3600}]
    session.save()
    answer = mine.post("/my/data/copy")
    assert answer.headers["Location"] == "/my/sign-in?next=/my/data"
    assert mine.get("/my/data").status_code == 302


def test_the_borrower_asks_and_compliance_agrees(mine, officer, borrower):
    mine.post("/my/data/erase")
    assert "You asked on" in mine.get("/my/data").text
    officer.post(f"/approvals/{erase.waiting(borrower).pk}", {"answer": "approve"})
    assert Borrower.objects.get().name == ""
    assert mine.get("/my/data").status_code == 302  # the account has ended, and its session with it


def test_pages_stay_within_their_budget_of_queries(officer, borrower, somebody, django_assert_max_num_queries):
    for number in range(12):
        approvals.ask(erase.KIND, {"borrower": borrower.pk, "n": number}, somebody(f"s{number}"), f"B{number}")
        Reveal.objects.create(user=somebody(f"t{number}"), borrower=borrower, field="name", why="call")
    # The content of an approval may take a query to be shown.
    for address, budget in (("/reveals", 8), ("/approvals", 20), (f"/personal-data/{borrower.reference}", 15)):
        with django_assert_max_num_queries(budget):
            assert officer.get(address).status_code == 200


def test_a_session_ends_when_nothing_is_done_and_after_a_day_s_work(officer, settings, monkeypatch):
    import time

    assert officer.get("/reveals").status_code == 200
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + settings.DULY_SESSION_IDLE + 1)
    assert officer.get("/reveals").headers["Location"].startswith("/sign-in")


def test_sessions_cannot_be_read_in_the_database(officer):
    from django.contrib.sessions.models import Session

    stored = Session.objects.get().session_data
    assert "_auth_user_id" not in stored
    assert stored.startswith("gAAAA")
