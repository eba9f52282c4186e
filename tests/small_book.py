"""A small book for stories about the close: loans of one product or another, what happens to them, what was written."""

import datetime
import json
import random
from itertools import count

from duly.close.models import Bucket, Close, Position, Transition
from duly.engine import dates
from duly.ledger.models import JournalEntry
from duly.lending.models import Fact, Loan, Product
from duly.people.models import Borrower

START = datetime.date(2025, 1, 6)
ONE_DAY = datetime.timedelta(days=1)
TERMS = {
    "monthly": {"method": "equal_principal", "every": "1 month", "day_count": "30/360"},
    "single": {"method": "bullet", "every": "30 day", "day_count": "act/365", "penalty": {"annual_rate": "0.365"}},
}
# The id of a fact says in which order facts were recorded; keys need only differ.
_numbers = count(1)


def product(code: str = "monthly", currency: str = "CNY") -> Product:
    terms = {"currency": currency, **TERMS[code]}
    return Product.objects.get_or_create(
        code=code, currency=currency, defaults={"name_en": code, "terms": terms, "version": next(_numbers)}
    )[0]


def lend(
    reference: str,
    *,
    principal: int = 1200_00,
    on: datetime.date = START,
    code: str = "monthly",
    currency: str = "CNY",
    installments: int = 3,
    annual_rate: int = 120_000,
    service_fee: int = 0,
    borrower: str = "",
) -> Loan:
    """A loan that is paid out on its day. 1200.00 over 3 months at 12%: 412.00, 408.00, 404.00."""
    of = Borrower.objects.get_or_create(reference=borrower or f"borrower of {reference}")[0]
    first_due_on = on + 30 * ONE_DAY if code == "single" else dates.date(dates.add_months(dates.days(on), 1, 0))
    loan = Loan.objects.create(
        reference=reference,
        borrower=of,
        product=product(code, currency),
        principal=principal,
        annual_rate=annual_rate,
        service_fee=service_fee,
        disbursed_on=on,
        first_due_on=first_due_on,
        installments=1 if code == "single" else installments,
        installment_amount=0,
    )
    happens(loan, "disbursed", on, principal)
    return loan


def happens(
    loan: Loan,
    kind: str,
    on: datetime.date,
    amount: int | None = None,
    component: str = "",
    reverses: Fact | None = None,
) -> Fact:
    return Fact.objects.create(
        loan=loan,
        kind=kind,
        value_date=on,
        amount=amount,
        component=component,
        reverses=reverses,
        idempotency_key=f"story-{next(_numbers)}",
    )


def pays(loan: Loan, on: datetime.date, amount: int) -> Fact:
    return happens(loan, "paid", on, amount)


def bounces(payment: Fact, on: datetime.date) -> Fact:
    return happens(payment.loan, "reversed", on, reverses=payment)


def busy_book(loans: int, seed: int, waives: bool = True) -> None:
    """Loans made over 60 days, paid on time, late, in part, twice or never; payments bounce; some are written off.

    `waives`: sometimes 5.00 is waived, which may be more than is owed.
    """
    chance = random.Random(seed)
    happenings = ["on time", "late", "part", "never", "bounced"] + ["waived"] * waives
    for number in range(loans):
        code = chance.choice(sorted(TERMS))
        made = lend(
            f"busy-{number}",
            principal=chance.randrange(100_00, 5000_00),
            on=START + chance.randrange(60) * ONE_DAY,
            code=code,
            service_fee=chance.choice([0, 10_00]),
        )
        payments = []
        for month in range(1, 4):
            due = made.disbursed_on + month * 30 * ONE_DAY
            happened = chance.choice(happenings)
            if happened == "on time":
                payments.append(pays(made, due, made.principal // 3 + 50_00))
            elif happened in ("late", "bounced"):
                payments.append(pays(made, due + chance.randrange(45) * ONE_DAY, made.principal // 2))
            elif happened == "part":
                payments.append(pays(made, due - ONE_DAY, made.principal // 10))
            elif happened == "waived":
                happens(made, "waived", due + ONE_DAY, 5_00, chance.choice(["interest", "penalty", "fee"]))
            if happened == "bounced":
                bounces(payments[-1], payments[-1].value_date + 3 * ONE_DAY)
        if chance.random() < 0.1:
            happens(made, "written_off", made.disbursed_on + 120 * ONE_DAY)


def all_that_closes_wrote() -> bytes:
    """Ledger, positions, transitions, closes and buckets in one piece, but for row numbers and the clock's stamps."""
    tables = {
        Close: ["business_date"],
        JournalEntry: ["business_date", "product_code", "currency", "movement"],
        Bucket: ["business_date", "currency", "bucket"],
        Position: ["loan_id"],
        Transition: ["business_date", "loan_id", "kind"],
    }
    lines = []
    for table, order in tables.items():
        columns = [field.attname for field in table._meta.concrete_fields if field.attname not in ("id", "closed_at")]
        lines += [[table.__name__, *row] for row in table.objects.order_by(*order).values_list(*columns)]
    return "\n".join(json.dumps(line, default=str) for line in lines).encode()
