"""The borrower's way out in the portal: three questions, offers, another suggested, a code, and the plan's page."""

import datetime
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from duly.collection.hardship.models import HardshipApplication
from duly.collection.plans.models import Offer, Plan
from duly.collection.promises.models import Promise
from duly.payments.models import PaymentOrder
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles

A_DAY = datetime.timedelta(days=1)


@pytest.fixture
def me(borrower, loans) -> Borrower:
    """The borrower, with a telephone to send codes to, and a loan that is late."""
    borrower.phone = "+8613800000000"
    borrower.save()
    return borrower


def ask(phone: Client, today: datetime.date, monthly: str = "300", **more: str) -> str:
    given = {"currency": "CNY", "key": "k", "monthly": monthly, "from": str(today + 20 * A_DAY)} | more
    answer = phone.post("/my/plans/ask", given)
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def test_from_three_questions_to_a_plan_that_waits_for_its_first_payment(me, phone, today, code_sent) -> None:
    page = phone.get("/my/cannot-pay").content.decode()
    assert "Find a plan that you can keep" in page
    where = ask(phone, today, income="4,000", spending="3,500")
    asked = me.plan_requests.get()
    assert asked.answers == {"income": 4_000_00, "spending": 3_500_00}
    page = phone.get(where).content.decode()
    offer = asked.offers.order_by("installments").last()
    assert offer.reference in page
    # Nothing at once is less than the policy asks: the answer says so, and shows the nearest.
    suggested = phone.post(
        f"{where}/suggest",
        {"loan": "L/late", "months": "6", "from": str(today + 20 * A_DAY), "at_once": "0"},
    ).content.decode()
    nearest = asked.offers.filter(kind=Offer.Kind.NEAREST).last() or asked.offers.get(kind=Offer.Kind.PROPOSED)
    assert nearest.reference in suggested
    answer = phone.post("/my/plans/choose", {"offer": nearest.reference})
    sign = answer["Location"]
    assert phone.get(sign).status_code == 200
    wrong = phone.post("/my/plans/agree", {"offer": nearest.reference, "code": "000000"})
    assert wrong["Location"] == sign
    assert not Plan.objects.exists()
    done = phone.post("/my/plans/agree", {"offer": nearest.reference, "code": code_sent()})
    assert done["Location"] == f"/my/plans/{nearest.reference}"
    plan = Plan.objects.get()
    assert plan.loan.reference == "L/late"
    assert phone.get(done["Location"]).status_code == 200
    assert f"/my/plans/{nearest.reference}" in phone.get("/my/").content.decode()
    if plan.state == Plan.State.WAITING:
        paid = phone.post(f"/my/plans/{nearest.reference}/pay", {"key": "x"})
        assert PaymentOrder.objects.get(number=paid["Location"].split("/")[-1]).amount == nearest.down_payment


def test_who_can_pay_too_little_sees_the_lightest_and_other_ways(me, phone, today) -> None:
    where = ask(phone, today, monthly="1")
    assert phone.get(where).content.decode().count('type="radio"') == 1
    page = phone.get(where).content.decode()
    assert "more a month than you said" in page


@pytest.mark.parametrize("given", [{"monthly": "much"}, {"from": "soon"}, {"monthly": "-5"}, {"income": "x"}])
def test_what_cannot_be_read_is_said_on_the_page(me, phone, today, given) -> None:
    given = {"currency": "CNY", "key": "k", "monthly": "300", "from": str(today + 20 * A_DAY)} | given
    answer = phone.post("/my/plans/ask", given, follow=True)
    assert 'class="answer late' in answer.content.decode()
    assert not me.plan_requests.exists()


def test_nobody_sees_or_takes_anothers_plan(me, phone, today) -> None:
    ask(phone, today)
    asked = me.plan_requests.get()
    offer = asked.offers.first()
    stranger = Client()
    other = Borrower.objects.get(reference="B2")
    other.user = User.objects.create_user("b2")
    other.save()
    give_roles(other.user, Role.BORROWER)
    stranger.force_login(other.user)
    assert stranger.get(f"/my/plans/offers/{asked.reference}").status_code == 404
    assert stranger.get(f"/my/plans/sign?offer={offer.reference}").status_code == 404
    assert stranger.get(f"/my/plans/{offer.reference}").status_code == 404
    stranger.post("/my/plans/agree", {"offer": offer.reference, "code": "123456"})
    assert not Plan.objects.exists()


def test_a_word_is_given_and_taken_back(me, phone, today) -> None:
    given = {"currency": "CNY", "key": "k", "amount": "100", "day": str(today + 5 * A_DAY)}
    assert phone.post("/my/promise", given)["Location"] == "/my/"
    made = Promise.objects.get()
    assert (made.amount, made.by, made.through) == (100_00, "the borrower", "portal")
    assert "You will pay ¥100.00" in re.sub(r"<[^>]+>", "", phone.get("/my/cannot-pay").content.decode())
    phone.post("/my/promise/back", {"promise": made.pk})
    made.refresh_from_db()
    assert made.state == Promise.State.WITHDRAWN
    assert phone.post("/my/promise/back", {"promise": "x"}).status_code == 404


def test_relief_is_asked_for_and_taken_back(me, phone) -> None:
    assert phone.get("/my/hardship").status_code == 200
    phone.post("/my/hardship", {"what": "apply", "key": "k", "reason": "illness", "words": "In hospital."})
    made = HardshipApplication.objects.get()
    assert (made.state, made.words) == ("waiting", "In hospital.")
    assert "looking at it" in phone.get("/my/hardship").content.decode()
    assert "looking at it" in phone.get("/my/").content.decode()
    phone.post("/my/hardship", {"what": "withdraw"})
    made.refresh_from_db()
    assert made.state == "withdrawn"


@pytest.mark.parametrize("where", ["/my/cannot-pay", "/my/hardship", "/my/"])
def test_pages_take_few_queries(me, phone, today, where, django_assert_max_num_queries) -> None:
    ask(phone, today)
    with django_assert_max_num_queries(18 if where == "/my/" else 15):
        assert phone.get(where).status_code == 200
