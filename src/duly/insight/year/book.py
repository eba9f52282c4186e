"""The book that a simulated year begins with: a product, as many borrowers and loans, and staff."""

import datetime

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction

from duly.engine.columns import make_contracts
from duly.engine.contract import parse_terms
from duly.engine.dates import date, days
from duly.lending.models import Fact, Loan, Product
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles

BATCH = 2000
ONE_DAY = datetime.timedelta(days=1)
INSTALLMENTS = 12
ANNUAL_RATE = 144_000
TERMS = {
    "currency": "CNY",
    "method": "equal_installment",
    "every": "1 month",
    "penalty": {"annual_rate": "0.216", "on": "principal", "grace_days": 0, "day_count": "act/365"},
}


@transaction.atomic
def make_book(number: int, first: datetime.date, random: np.random.Generator) -> tuple[list[int], list[int]]:
    """So many borrowers with a loan of twelve months each, paid out in the month before `first`: ids by number."""
    product = Product.objects.create(
        code="year-12", name_en="Twelve months", name_zh="十二期", currency="CNY", terms=TERMS
    )
    people = Borrower.objects.bulk_create(
        (
            Borrower(
                reference=f"B{one:06d}",
                name=f"Borrower {one:06d}",
                email=f"borrower-{one:06d}@people.example",
                phone=f"+86138{one:08d}",
                language="zh" if one % 3 else "en",
                time_zones="Asia/Shanghai",
            )
            for one in range(number)
        ),
        batch_size=BATCH,
    )
    disbursed_on = days(first) - random.integers(1, 31, number).astype(np.int32)
    principal = random.integers(20, 201, number).astype(np.int64) * 100_00
    contracts = make_contracts(
        [parse_terms(TERMS)],
        term=np.zeros(number, np.int32),
        principal=principal,
        annual_rate=np.full(number, ANNUAL_RATE),
        disbursed_on=disbursed_on,
        installments=np.full(number, INSTALLMENTS, np.int32),
    )
    loans = Loan.objects.bulk_create(
        (
            Loan(
                reference=f"L{one:06d}",
                borrower=people[one],
                product=product,
                principal=int(principal[one]),
                annual_rate=ANNUAL_RATE,
                disbursed_on=date(int(disbursed_on[one])),
                first_due_on=date(int(contracts.first_due_on[one])),
                installments=INSTALLMENTS,
                installment_amount=int(contracts.installment_amount[one]),
            )
            for one in range(number)
        ),
        batch_size=BATCH,
    )
    Fact.objects.bulk_create(
        (
            Fact(
                loan=one,
                kind=Fact.Kind.DISBURSED,
                value_date=one.disbursed_on,
                amount=one.principal,
                idempotency_key=f"out/{one.reference}",
                source="simulation",
            )
            for one in loans
        ),
        batch_size=BATCH,
    )
    return [one.pk for one in people], [one.pk for one in loans]


def make_staff(collectors: int) -> tuple[list[User], list[User]]:
    """So many collectors, and two of the legal department."""
    staff = [User.objects.create_user(f"collector-{one}", is_staff=True) for one in range(1, collectors + 1)]
    for one in staff:
        give_roles(one, Role.COLLECTOR)
    legal = [User.objects.create_user(f"legal-{one}", is_staff=True) for one in (1, 2)]
    for one in legal:
        give_roles(one, Role.LEGAL, Role.COMPLIANCE)
    return staff, legal
