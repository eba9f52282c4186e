"""The lender's pages about agencies, from the register to a second person, a batch, and what the public sees."""

import datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

import small_lender as lender
from duly.agencies.models import Agency
from duly.agencies.services import mandate_in_force
from duly.collection.placement.commission import book_commission
from duly.collection.placement.models import Placement
from duly.collection.placement.services import placed_now
from duly.people.approvals import approve, waiting_for
from duly.people.roles import Role
from placing import agency, late_case, loan_of, person, placed

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
A_DAY = datetime.timedelta(days=1)
NEW = {"code": "a9", "name": "Agency 9", "licence": "L-9", "telephone": "+8610", "email": "a9@agency.example"}


@pytest.fixture
def lawyer() -> User:
    return person("lawyer", Role.LEGAL)


@pytest.fixture
def client(lawyer) -> Client:
    found = Client()
    found.force_login(lawyer)
    return found


def other() -> User:
    return User.objects.filter(username="compliance").first() or person("compliance", Role.COMPLIANCE)


def test_from_the_register_to_the_public_page(client):
    answer = client.post("/agency-register/new", NEW, follow=True)
    assert "no mandate in force" in answer.text
    assert "Agency 9" not in Client().get("/agencies").text
    form = {
        "act": "mandate",
        "number": "M-9",
        "begins_on": str(TODAY),
        "ends_on": str(TODAY + 300 * A_DAY),
        "channels": ["voice"],
        "purposes": ["reminder"],
        "data": ["phone"],
        "notice_days": "3",
        "commission": "tiers = [{from_days = 1, rate = 100000}]",
    }
    assert "second person" in client.post("/agency-register/of/a9/act", form, follow=True).text
    (asked,) = waiting_for(other())
    approve(asked, other())
    assert "Agency 9" in Client().get("/agencies").text
    assert "L-9" in Client().get("/agencies").text
    assert "may act" in client.get("/agency-register/of/a9").text
    suspend = {"act": "suspend", "why": "threats"}
    assert "suspended" in client.post("/agency-register/of/a9/act", suspend, follow=True).text
    assert "Agency 9" not in Client().get("/agencies").text
    client.post("/agency-register/of/a9/act", {"act": "resume", "why": "put right"})
    (asked,) = waiting_for(other())
    approve(asked, other())
    assert mandate_in_force(Agency.objects.get(code="a9"), timezone.now()) is not None


@pytest.mark.parametrize(
    "form", [{"act": "suspend", "why": ""}, {"act": "mandate"}, {"act": "join", "user": "nobody"}, {"act": "x"}]
)
def test_what_cannot_be_is_said(client, form):
    agency("a1")
    answer = client.post("/agency-register/of/a1/act", form, follow=True)
    assert answer.status_code == 200
    assert 'class="answer late"' in answer.text


def test_a_batch_is_looked_at_asked_for_and_placed_by_another(client, django_assert_max_num_queries):
    one = agency("a1", begins=TODAY - A_DAY, ends=TODAY + 99 * A_DAY)
    cases = [late_case(due_on=TODAY - 70 * A_DAY) for _ in range(3)]
    lender.circumstance(late_case(due_on=TODAY - 70 * A_DAY).borrower, "disputed", timezone.now() - A_DAY)
    with django_assert_max_num_queries(20):
        page = client.get("/agency-register/batch")
    assert "3 cases would be placed" in page.text
    assert "disputed: 1" in page.text
    assert "These rules will not do" in client.get("/agency-register/batch", {"rules": "x = 1"}).text
    rules = page.context["rules"]
    assert "second person" in client.post("/agency-register/batch/ask", {"rules": rules}, follow=True).text
    (asked,) = waiting_for(other())
    assert approve(asked, other()).outcome == "3 of 3"
    assert {one.case for one in placed_now(one)} == set(cases)
    form = {"act": "recall", "borrower": cases[0].borrower.reference, "why": "by hand"}
    client.post("/agency-register/of/a1/act", form)
    assert Placement.objects.filter(ended="by_hand").count() == 1


def test_agencies_stand_side_by_side_in_few_queries(client, django_assert_max_num_queries):
    one = agency("a1")
    agency("a2")
    made = placed(late_case(), one)
    lender.pay(loan_of(made.case), made.placed_on, 100_00)
    book_commission()
    with django_assert_max_num_queries(15):
        page = client.get("/agency-register").text
    assert "Agency a1" in page
    assert "100.00" in page
    assert "10.00" in page
    with django_assert_max_num_queries(15):
        client.get("/agency-register/of/a1")


def test_finance_issues_statements_and_the_legal_department_does_not(client):
    one = agency("a1")
    made = placed(late_case(), one)
    lender.pay(loan_of(made.case), made.placed_on, 100_00)
    assert client.post("/agency-register/of/a1/settle", {"act": "statement"}).status_code == 403
    finance = Client()
    finance.force_login(person("finance", Role.FINANCE))
    this_month = f"{TODAY:%Y-%m}"
    answer = finance.post("/agency-register/of/a1/settle", {"act": "statement", "month": this_month}, follow=True)
    assert "not over" in answer.text
    last = f"{TODAY.replace(day=1) - A_DAY:%Y-%m}"
    answer = finance.post("/agency-register/of/a1/settle", {"act": "statement", "month": last}, follow=True)
    assert "to the cent" in answer.text
