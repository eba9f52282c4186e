"""Loans through the API: made, looked at on any date, and the same as the doors say."""

import datetime
import json

import pytest
from programs import Program, pointers, problem

from duly.engine.door import explain_json, position_json, schedule_json
from duly.lending.models import Fact, Loan, Product
from duly.payments.conservation import unbalanced_payments
from duly.payments.incoming import receive, whereabouts
from duly.payments.models import IncomingPayment
from small_lender import DUE, borrower, loan

pytestmark = pytest.mark.django_db

TERMS = {"currency": "CNY", "method": "equal_installment", "every": "1 month", "day_count": "30/360"}
CONTRACT = {**TERMS, "principal": "1000.00", "disbursed_on": "2026-01-05", "annual_rate": "0.18", "installments": 3}


@pytest.fixture
def lent(program: Program) -> str:
    Product.objects.create(code="plain", name_en="Plain", currency="CNY", terms=TERMS)
    body = {
        "reference": "L-1",
        "borrower": borrower().reference,
        "product": "plain",
        "currency": "CNY",
        "principal": "1000.00",
        "annual_rate": "0.18",
        "disbursed_on": "2026-01-05",
        "installments": 3,
    }
    answer = program.post("/loans", body)
    assert answer.status_code == 201, answer.json()
    assert program.get("/loans/L-1").json() == answer.json()
    return "L-1"


def test_position_schedule_and_explain_are_those_of_the_doors(program: Program, lent: str) -> None:
    program.post("/payments", {"loan": lent, "amount": "100.00", "currency": "CNY", "value_date": "2026-02-10"})
    program.post(f"/loans/{lent}/facts", {"kind": "fee_charged", "value_date": "2026-02-12", "amount": "5.00"})
    facts = [
        {"kind": "paid", "value_date": "2026-02-10", "amount": "100.00"},
        {"kind": "fee_charged", "value_date": "2026-02-12", "amount": "5.00"},
    ]
    case = {"contract": CONTRACT, "facts": facts, "as_of": "2026-03-20"}
    told = program.get(f"/loans/{lent}/position", as_of="2026-03-20").json()
    assert {name: told[name] for name in position_json(case)} == position_json(case)
    planned = program.get(f"/loans/{lent}/schedule").json()
    assert planned["installments"] == schedule_json(CONTRACT)["installments"]
    rows = program.get(f"/loans/{lent}/explain", as_of="2026-03-20", lang="zh").json()["rows"]
    expected = explain_json(case, "zh")["rows"]
    names = ("date", "component", "movement", "amount", "because", "installment", "due_on", "balance", "total")
    assert [[row[name] for name in names] for row in rows] == [[row[name] for name in names] for row in expected]
    payoff = program.get(f"/loans/{lent}/payoff", on="2026-03-20").json()
    assert (payoff["amount"], payoff["of_which"]["fee"]) == (told["payoff"], "5.00")


def test_a_loan_is_as_it_was_known_at_an_instant(program: Program) -> None:
    of = loan(borrower())
    before = Fact.objects.latest("pk").recorded_at + datetime.timedelta(hours=1)
    paid = {"loan": of, "kind": "paid", "value_date": DUE, "amount": 400_00, "idempotency_key": "paid later"}
    Fact.objects.create(**paid, recorded_at=before + datetime.timedelta(hours=1))
    now = program.get(f"/loans/{of.reference}/position", as_of=DUE.isoformat()).json()
    then = program.get(f"/loans/{of.reference}/position", as_of=DUE.isoformat(), known_at=before.isoformat()).json()
    assert (now["outstanding"]["total"], then["outstanding"]["total"]) == ("600.00", "1000.00")


def test_what_gives_money_up_needs_its_scope_and_a_second_person(program: Program, program_with, lent: str) -> None:
    waiver = {"kind": "waived", "value_date": "2026-02-12", "component": "interest", "amount": "1.00"}
    answer = program.post(f"/loans/{lent}/facts", waiver)
    assert pointers(answer) == ["body/approved_by"]
    waiver["approved_by"] = "second person"
    assert problem(program_with("facts:write").post(f"/loans/{lent}/facts", waiver)) == (403, "not_allowed")
    assert Fact.objects.filter(kind="waived").count() == 0
    told = program.post(f"/loans/{lent}/facts", waiver).json()
    assert told["source"].endswith("approved by second person")
    back = {"kind": "reversed", "value_date": "2026-02-13", "reverses": told["id"], "approved_by": "second person"}
    assert program.post(f"/loans/{lent}/facts", back).json()["reverses"] == told["id"]
    assert problem(program.post(f"/loans/{lent}/facts", back | {"reverses": 10**9})) == (409, "conflict")


def test_a_payment_that_is_reversed_is_accounted_for(program: Program, lent: str) -> None:
    body = {"loan": lent, "amount": "100.00", "currency": "CNY", "value_date": "2026-02-10"}
    program.post("/payments", body)
    told = receive("bank", "1", 50_00, "CNY", DUE, method="bank", loan=lent)
    back = {"kind": "reversed", "value_date": DUE.isoformat(), "approved_by": "second person"}
    for fact in Fact.objects.filter(kind="paid"):
        answer = program.post(f"/loans/{lent}/facts", back | {"reverses": fact.pk})
        assert answer.status_code == 201, answer.json()
        assert answer.json()["reverses"] == fact.pk
        assert problem(program.post(f"/loans/{lent}/facts", back | {"reverses": fact.pk}))[0] == 422
    assert unbalanced_payments() == []
    # What the program had told of is taken back; what the bank brought is still there.
    waits = whereabouts(IncomingPayment.objects.get(pk=told.payment_id)).waiting
    assert (IncomingPayment.objects.get(method="api").outcomes.latest("pk").kind, waits) == ("returned", 50_00)


def test_a_fact_says_what_its_kind_does_and_no_more(program: Program, lent: str) -> None:
    for body, where in (
        ({"kind": "fee_charged"}, "body/amount"),
        ({"kind": "accelerated", "amount": "1.00"}, "body/amount"),
        ({"kind": "rate_changed"}, "body/annual_rate"),
        ({"kind": "rescheduled", "terms": {"installments": 0}, "approved_by": "x"}, "body/installments"),
    ):
        answer = program.post(f"/loans/{lent}/facts", {"value_date": "2026-02-12", **body})
        assert problem(answer) == (422, "invalid"), json.dumps(answer.json())
        assert pointers(answer) == [where]


def test_money_of_another_currency_than_the_products_is_refused(program: Program, lent: str) -> None:
    body = {**program.get(f"/loans/{lent}").json(), "reference": "L-2", "currency": "EUR"}
    body = {name: body[name] for name in ("reference", "borrower", "product", "currency", "principal", "disbursed_on")}
    assert pointers(program.post("/loans", body | {"installments": 3})) == ["body/currency"]
    assert Loan.objects.count() == 1
