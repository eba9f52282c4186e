"""Relief and endings on record: each recorded once, read back by close and page alike, and posted so that all ties."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from duly.close.models import Close, Transition
from duly.close.services import close_through
from duly.contact.owed import what_is_owed
from duly.engine.errors import InputError
from duly.engine.position import position
from duly.ledger.models import JournalEntry
from duly.lending import services
from duly.lending.models import Fact, Loan
from duly.lending.on_record import contract_of, fact_of
from duly.people.models import Borrower

START = datetime.date(2024, 1, 1)
TERMS = {
    "currency": "EUR",
    "method": "equal_installment",
    "interest": "daily",
    "margin": "0.02",
    "cooling_off_days": 14,
}


def day(number: int) -> datetime.date:
    return START + datetime.timedelta(days=number)


def lend(reference: str, **changes: object) -> Loan:
    Borrower.objects.get_or_create(reference="B1")
    services.add_product("daily", TERMS, name_en="Daily")
    terms: dict[str, object] = {
        "borrower": "B1",
        "product": "daily",
        "principal": 1_200_00,
        "annual_rate": 120_000,
        "disbursed_on": START,
        "installments": 6,
        "key": f"out-{reference}",
    }
    return services.disburse_loan(reference, **(terms | changes))


STORIES = {
    "plan": lambda loan: (
        services.charge_fee(loan, 5_00, day(20), key=f"{loan} fee", due_on=day(31), name="reminder"),
        services.reschedule(
            loan,
            {"installments": 12, "annual_rate": "0.06", "capitalise": ["interest"], "forgive": {"penalty": "all"}},
            day(50),
            key=f"{loan} plan",
        ),
        services.record_payment(loan, 100_00, day(80), key=f"{loan} paid"),
    ),
    "prepaid": lambda loan: (
        services.record_payment(loan, 500_00, day(10), key=f"{loan} paid", prepays=True),
        services.change_rate(loan, day(40), key=f"{loan} rate", benchmark_rate=30_000, reworks="term"),
    ),
    "paused": lambda loan: (
        services.pause_penalty(loan, day(35), key=f"{loan} pause", stops=["penalty", "interest", "days"]),
        services.resume_penalty(loan, day(60), key=f"{loan} resume"),
        services.accelerate(loan, day(70), key=f"{loan} all due"),
    ),
    "settled for less": lambda loan: (
        services.record_payment(loan, 900_00, day(65), key=f"{loan} paid"),
        services.waive(loan, "all", None, day(65), key=f"{loan} rest"),
    ),
    "cancelled": lambda loan: (
        services.cancel(loan, day(7), key=f"{loan} cancelled"),
        services.record_payment(loan, 1_200_00, day(9), key=f"{loan} back"),
    ),
    "recovered": lambda loan: (
        services.write_off(loan, day(70), key=f"{loan} lost"),
        services.record_recovery(loan, 30_00, day(80), key=f"{loan} found"),
    ),
    "overpaid": lambda loan: (
        services.record_payment(loan, 1_500_00, day(5), key=f"{loan} paid"),
        services.refund(loan, 200_00, day(12), key=f"{loan} refund"),
    ),
    "drawn twice": lambda loan: (services.draw_more(loan, 300_00, day(15), key=f"{loan} more"),),
}


def test_every_kind_of_fact_is_closed_day_by_day_and_the_ledger_ties(book):
    for name, happens in STORIES.items():
        loan = lend(name, upfront_fee=10_00 if name == "plan" else 0, balloon=200_00 if name == "drawn twice" else 0)
        for _ in range(2):  # sent twice, recorded once
            happens(loan.reference)
    close_through(day(130))
    assert Close.objects.count() == 131
    assert set(Fact.objects.values_list("kind", flat=True)) == set(Fact.Kind.values) - {"reversed"}
    owed = what_is_owed(list(Loan.objects.values_list("pk", flat=True)), day(130))
    for loan in Loan.objects.select_related("product"):
        found = position(contract_of(loan), [fact_of(fact, "EUR") for fact in loan.facts.order_by("pk")], day(130))
        assert (owed[loan.pk].status, owed[loan.pk].overdue) == (found.status, sum(found.overdue.values()))
    kinds = dict(Transition.objects.order_by("pk").values_list("loan__reference", "kind"))
    assert (kinds["cancelled"], kinds["recovered"], kinds["settled for less"]) == (
        "cancelled",
        "written_off",
        "settled",
    )
    # 30.00 came back on a loan written off: the loss is smaller by it.
    [recovery] = JournalEntry.objects.filter(movement="recovered")
    assert (recovery.debit_id, recovery.credit_id, recovery.amount) == ("1000", "5200", 30_00)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: services.reschedule("L1", {}, day(5), key="x"), "installments is missing"),
        (lambda: services.reschedule("L1", {"installments": 601}, day(5), key="x"), "601"),
        (lambda: services.change_rate("L1", day(5), key="x"), "one rate must be given"),
        (lambda: services.pause_penalty("L1", day(5), key="x", stops=["time"]), "time"),
        (lambda: services.cancel("L1", day(15), key="x"), "cooling-off period of 14 days is over"),
        (lambda: services.waive("L1", "all", 1_00, day(5), key="x"), "unless it waives all"),
        (lambda: services.waive("L1", "fee", None, day(5), key="x"), "states an amount"),
        (lambda: lend("L2", balloon=1_200_00), "out of range"),
        (lambda: lend("L2", upfront_fee=1_200_01), "out of range"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(wrong, said):
    lend("L1")
    before = (Loan.objects.count(), Fact.objects.count())
    with pytest.raises(InputError, match=said):
        wrong()
    assert (Loan.objects.count(), Fact.objects.count()) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content",
    [
        {"kind": "fee_charged"},
        {"kind": "cancelled", "amount": 1},
        {"kind": "rescheduled"},
        {"kind": "refunded", "amount": 1, "details": {}},
        {"kind": "waived", "amount": 1, "component": "all"},
        {"kind": "forgotten", "amount": 1},
    ],
)
def test_the_database_itself_refuses_a_fact_that_does_not_fit_its_kind(content):
    loan = lend("L1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Fact.objects.create(loan=loan, value_date=START, idempotency_key="x", **content)
