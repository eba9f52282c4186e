"""Staff offer the portal's own plans, go beyond the policy by two, take words, protect, and decide about relief."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from duly.collection.hardship.models import HardshipApplication, Pause
from duly.collection.hardship.services import apply_for_relief
from duly.collection.models import Case
from duly.collection.plans.models import Offer
from duly.collection.promises.models import Promise
from duly.console.ways_out import desk_part
from duly.lending import services as lending
from duly.lending.models import Loan
from duly.people import approvals
from duly.people.models import Approval, Borrower, Circumstance
from duly.people.roles import Role, give_roles

A_DAY = datetime.timedelta(days=1)
TERMS = {"currency": "CNY", "method": "equal_installment", "penalty": {"annual_rate": "0.27", "on": "principal"}}


def staff(name: str, *roles: Role) -> tuple[User, Client]:
    user = User.objects.create_user(name, is_staff=True)
    give_roles(user, *roles)
    browser = Client()
    browser.force_login(user)
    return user, browser


@pytest.fixture
def today(db) -> datetime.date:
    return timezone.localdate()


@pytest.fixture
def loan(today) -> Loan:
    """12,000.00 over twelve months, nothing paid: two installments late; with a case."""
    lending.add_product("twelve-months", TERMS, name_en="Twelve months")
    of = Borrower.objects.create(reference="B/1", time_zones="Asia/Shanghai")
    made = lending.disburse_loan(
        "L1",
        borrower=of.reference,
        product="twelve-months",
        principal=12_000_00,
        annual_rate=180_000,
        disbursed_on=today - 75 * A_DAY,
        installments=12,
        key="out",
    )
    Case.objects.create(borrower=of, opened_on=today, playbook="standard", playbook_version=1)
    return made


def act(browser: Client, what: str, **given: object) -> str:
    answer = browser.post("/ways-out/B/1/act", {"what": what, "key": "k", "currency": "CNY", "loan": "L1", **given})
    assert answer.status_code == 302
    return browser.get(answer["Location"]).content.decode()


def test_offers_and_answers_of_the_policy(loan, today) -> None:
    _, browser = staff("cole", Role.COLLECTOR)
    page = act(browser, "offer", monthly="1,200", **{"from": today + 20 * A_DAY})
    assert "Offered" in page
    assert set(Offer.objects.values_list("by", "through")) == {("cole", "desk")}
    page = act(browser, "propose", months="90", at_once="0", **{"from": today + 20 * A_DAY})
    assert "36 months at most" in page
    assert Offer.objects.filter(kind="nearest").exists()
    assert "This is not a day" in act(browser, "propose", months="9", **{"from": "soon"})


def test_beyond_the_policy_two_people(loan, today) -> None:
    _, browser = staff("cole", Role.COLLECTOR)
    given = {"months": "48", "at_once": "0", "waive_penalty": "100", "waive_interest": "50", "annual_rate": "6"}
    assert "reason" in act(browser, "exception", **given, **{"from": today + 20 * A_DAY, "why": " "})
    act(browser, "exception", **given, **{"from": today + 20 * A_DAY, "why": "long illness"})
    assert not Offer.objects.exists()
    second, _ = staff("lena", Role.LEGAL)
    approvals.approve(Approval.objects.get(), second)
    offer = Offer.objects.get()
    assert (offer.kind, offer.by, offer.approved_by, offer.installments) == ("exception", "cole", "lena", 48)
    assert offer.terms["annual_rate"] == "0.06"
    assert offer.waived.keys() == {"penalty", "interest"}


def test_a_word_taken_on_the_desk_and_given_back(loan, today) -> None:
    _, browser = staff("cole", Role.COLLECTOR)
    act(browser, "promise", amount="500", day=today + 3 * A_DAY)
    made = Promise.objects.get()
    assert (made.by, made.through) == ("cole", "desk")
    assert "¥500.00" in act(browser, "promise", amount="x", day=today)
    act(browser, "take_back", promise=made.pk)
    made.refresh_from_db()
    assert made.state == "withdrawn"
    assert browser.get("/promises").status_code == 200


def test_protections_are_for_the_legal_department(loan) -> None:
    _, collector = staff("cole", Role.COLLECTOR)
    act(collector, "protect", kind="bankrupt")
    assert not Circumstance.objects.exists()
    _, legal = staff("lena", Role.LEGAL)
    assert "Bankruptcy" in act(legal, "protect", kind="bankrupt", note="court notice")
    held = Circumstance.objects.get()
    assert Pause.objects.get().circumstance == held
    act(legal, "end", protection=held.pk, why="proceedings closed")
    held.refresh_from_db()
    assert held.until is not None
    assert "second person" in act(legal, "protect", kind="hardship", days="90")


def test_relief_is_decided_by_the_legal_department(loan) -> None:
    made = apply_for_relief(loan.borrower, "illness", "In hospital.", at=timezone.now(), key="a")
    _, legal = staff("lena", Role.LEGAL)
    assert "In hospital." in legal.get(f"/relief/{made.reference}").content.decode()
    assert made.reference in legal.get("/relief").content.decode()
    legal.post(f"/relief/{made.reference}/decide", {"answer": "grant", "days": "30", "why": "bill seen"})
    made.refresh_from_db()
    assert (made.state, made.decided_by) == (HardshipApplication.State.GRANTED, "lena")


def test_the_desk_shows_the_same_in_few_queries(loan, today, django_assert_max_num_queries) -> None:
    user, browser = staff("cole", Role.COLLECTOR)
    act(browser, "offer", monthly="1,200", **{"from": today + 20 * A_DAY})
    with django_assert_max_num_queries(9):
        told = desk_part(Case.objects.select_related("borrower").get(), user, timezone.now())
    assert told["offers"]
    stranger, _ = staff("finn", Role.FINANCE)
    assert desk_part(Case.objects.get(), stranger, timezone.now()) is None
    with django_assert_max_num_queries(15):
        assert browser.get("/ways-out/B/1").status_code == 200
