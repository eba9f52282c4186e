"""A simulated life put on record, up to what the lender knows by a day; what is on record already is left alone."""

import datetime
from collections.abc import Iterable

import numpy as np
from django.db import transaction

from duly.demo.simulation import PRODUCTS, Life
from duly.engine.columns import KIND
from duly.engine.contract import COMPONENT
from duly.engine.dates import date, days
from duly.lending.models import Fact, Loan, Product
from duly.people.models import Borrower, Circumstance

SOURCE = "simulation"
BATCH = 2000
WITH_AMOUNT = ("disbursed", "paid", "waived")
_KIND_NAMES = {code: name for name, code in KIND.items()}
_COMPONENT_NAMES = {code: name for name, code in COMPONENT.items()}
MIDDAY = datetime.time(4, 0)  # in UTC: noon where the borrowers live


def record_through(life: Life, through: datetime.date) -> int:
    """Record all that the lender knows by `through`, in one transaction; gives the number of facts that were new.

    Loans and facts are named by their place in the life, which a longer life of the same seed keeps.
    """
    last = days(through)
    with transaction.atomic():
        loans = _record_loans(life, np.flatnonzero(life.contracts.disbursed_on <= last))
        recorded = _record_facts(life, last, loans)
        _record_circumstances(life, last)
    return recorded


def _record_loans(life: Life, places: Iterable[int]) -> dict[str, int]:
    products = [_product(one) for one in PRODUCTS]
    known = set(Loan.objects.values_list("reference", flat=True))
    new = [int(place) for place in places if _loan(place) not in known]
    borrowers = _record_borrowers({int(life.loan_borrower[place]) for place in new})
    contracts = life.contracts
    Loan.objects.bulk_create(
        (
            Loan(
                reference=_loan(place),
                borrower_id=borrowers[_borrower(life.loan_borrower[place])],
                product=products[contracts.term[place]],
                principal=int(contracts.principal[place]),
                annual_rate=int(contracts.annual_rate[place]),
                service_fee=int(contracts.service_fee[place]),
                disbursed_on=date(int(contracts.disbursed_on[place])),
                first_due_on=date(int(contracts.first_due_on[place])),
                installments=int(contracts.installments[place]),
                installment_amount=int(contracts.installment_amount[place]),
            )
            for place in new
        ),
        batch_size=BATCH,
    )
    return dict(Loan.objects.values_list("reference", "pk"))


def _product(terms: dict[str, object]) -> Product:
    rest = {name: terms[name] for name in ("name_en", "name_zh", "terms")}
    return Product.objects.get_or_create(code=terms["code"], version=1, defaults={**rest, "currency": "CNY"})[0]


def _record_borrowers(numbers: set[int]) -> dict[str, int]:
    known = set(Borrower.objects.values_list("reference", flat=True))
    Borrower.objects.bulk_create(
        (
            Borrower(
                reference=_borrower(number),
                name=f"Borrower {number:04d}" if number % 3 == 0 else f"借款人{number:04d}",
                email=f"borrower-{number:04d}@people.example",
                language="en" if number % 3 == 0 else "zh",
                time_zones="Asia/Shanghai",
            )
            for number in sorted(numbers)
            if _borrower(number) not in known
        ),
        batch_size=BATCH,
    )
    return dict(Borrower.objects.values_list("reference", "pk"))


def _record_facts(life: Life, last: int, loans: dict[str, int]) -> int:
    recorded = dict(Fact.objects.filter(source=SOURCE).values_list("idempotency_key", "pk"))
    arrived = np.flatnonzero(life.arrives_on <= last)
    new = [
        int(row) for row in arrived[np.argsort(life.arrives_on[arrived], kind="stable")] if _key(row) not in recorded
    ]
    # A reversal names the fact that it takes back, which must have its number by then.
    originals = [row for row in new if life.reverses[row] < 0]
    reversals = [row for row in new if life.reverses[row] >= 0]
    for rows in (originals, reversals):
        made = Fact.objects.bulk_create((_fact(life, row, loans, recorded) for row in rows), batch_size=BATCH)
        recorded.update({fact.idempotency_key: fact.pk for fact in made})
    return len(new)


def _fact(life: Life, row: int, loans: dict[str, int], recorded: dict[str, int]) -> Fact:
    kind = _KIND_NAMES[int(life.kind[row])]
    return Fact(
        loan_id=loans[_loan(life.loan[row])],
        kind=kind,
        value_date=date(int(life.value_date[row])),
        amount=int(life.amount[row]) if kind in WITH_AMOUNT else None,
        component=_COMPONENT_NAMES[int(life.component[row])],
        reverses_id=recorded[_key(life.reverses[row])] if kind == "reversed" else None,
        idempotency_key=_key(row),
        source=SOURCE,
    )


def _record_circumstances(life: Life, last: int) -> None:
    known = set(Circumstance.objects.values_list("borrower__reference", "kind"))
    borrowers = dict(Borrower.objects.values_list("reference", "pk"))
    Circumstance.objects.bulk_create(
        Circumstance(
            borrower_id=borrowers[_borrower(number)],
            kind=kind,
            since=datetime.datetime.combine(date(day), MIDDAY, datetime.UTC),
        )
        for number, kind, day in life.circumstances
        if day <= last and (_borrower(number), kind) not in known
    )


def _borrower(number: int) -> str:
    return f"B{number:04d}"


def _loan(place: int) -> str:
    return f"L{place:05d}"


def _key(row: int) -> str:
    return f"{SOURCE}:{row}"
