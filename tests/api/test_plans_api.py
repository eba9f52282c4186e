"""Plans by the API: offered, proposed, agreed with the borrower's own code; the portal's own figures."""

import datetime

import pytest
from django.utils import timezone
from programs import Program

from duly.collection.plans.models import Plan
from duly.collection.plans.offering import Asker, offer_plans
from duly.lending import services as lending
from duly.lending.models import Loan
from duly.people.models import Borrower

A_DAY = datetime.timedelta(days=1)
TERMS = {"currency": "CNY", "method": "equal_installment", "penalty": {"annual_rate": "0.27", "on": "principal"}}


@pytest.fixture
def today(db) -> datetime.date:
    return timezone.localdate()


@pytest.fixture
def loan(today) -> Loan:
    """12,000.00 over twelve months, 75 days old, nothing paid: late by 44 days."""
    lending.add_product("twelve-months", TERMS, name_en="Twelve months")
    Borrower.objects.create(reference="B1", phone="+8613800000000", time_zones="Asia/Shanghai")
    return lending.disburse_loan(
        "L1",
        borrower="B1",
        product="twelve-months",
        principal=12_000_00,
        annual_rate=180_000,
        disbursed_on=today - 75 * A_DAY,
        installments=12,
        key="out",
    )


def test_offered_proposed_and_agreed_as_in_the_portal(loan, today, program: Program, code_sent) -> None:
    first = (today + 20 * A_DAY).isoformat()
    asked = {"borrower": "B1", "currency": "CNY", "monthly": "1200.00", "first_due_on": first}
    answer = program.post("/plans/offers", asked)
    assert answer.status_code == 201, answer.content
    offers = answer.json()["offers"]
    now = timezone.now()
    day = datetime.date.fromisoformat(first)
    portal = offer_plans(
        loan.borrower, 1_200_00, day, Asker("portal", "the borrower"), currency="CNY", on=today, at=now, key="p"
    )
    assert [one["dues"][0]["amount"].replace(".", "") for one in offers] == [
        str(one.dues[0][1]) for one in portal.offers.order_by("installments")
    ]
    found = program.post(
        "/plans/proposals", {"loan": "L1", "installments": 90, "first_due_on": first, "down_payment": "0"}
    ).json()
    assert not found["agreed"]
    assert {one["code"] for one in found["reasons"]} >= {"installments", "down_payment"}
    reference = found["offer"]["reference"]
    sent = program.post("/plans/codes", {"offers": [reference]})
    assert sent.status_code == 201
    assert "13800000000" not in sent.content.decode()
    wrong = program.post("/plans", {"offers": [reference], "code": "000000"})
    assert wrong.status_code == 422
    agreed = program.post("/plans", {"offers": [reference], "code": code_sent()})
    assert agreed.status_code == 201, agreed.content
    assert agreed.json()["plans"][0]["state"] == "waiting"
    again = program.post("/plans", {"offers": [reference], "code": "111111"})
    assert again.json() == agreed.json()
    assert Plan.objects.count() == 1
    assert program.get("/plans").json()["items"][0]["offer"] == reference
    assert program.get(f"/plans/{reference}").json()["loan"] == "L1"


def test_what_is_not_to_be_seen_is_not_there(loan, today, program_with) -> None:
    blind = program_with("plans:read", "plans:write", sees_all=False)
    first = (today + 20 * A_DAY).isoformat()
    asked = {"borrower": "B1", "currency": "CNY", "monthly": "1200.00", "first_due_on": first}
    assert blind.post("/plans/offers", asked).status_code == 404
    assert blind.post("/plans/codes", {"offers": ["P1"]}).status_code == 422
    assert blind.get("/plans").json()["items"] == []
    poor = program_with("loans:read", name="poor")
    assert poor.post("/plans/offers", asked).status_code == 403
