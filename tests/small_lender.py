"""A small lender for stories about collection: one product, borrowers with one loan each, payments, clocks."""

import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path

from django.conf import settings

from duly.lending.models import Fact, Loan, Product
from duly.people.models import Borrower, Circumstance

DUE = datetime.date(2026, 3, 16)  # a Monday
SHANGHAI = "Asia/Shanghai"
_numbers = count(1)


def instant(day: datetime.date, hour_utc: int, minute: int = 0) -> datetime.datetime:
    """An hour of a day in UTC; Shanghai is eight hours ahead."""
    return datetime.datetime.combine(day, datetime.time(hour_utc, minute), datetime.UTC)


def days_after(day: datetime.date, number: int) -> datetime.date:
    return day + datetime.timedelta(days=number)


def product(currency: str = "CNY") -> Product:
    terms = {"currency": currency, "method": "bullet", "day_count": "act/365", "every": "30 day"}
    return Product.objects.get_or_create(
        code=f"small-{currency}", defaults={"name_en": "Small loan", "currency": currency, "terms": terms}
    )[0]


def borrower(time_zones: str = SHANGHAI, language: str = "en", email: str | None = None) -> Borrower:
    number = next(_numbers)
    return Borrower.objects.create(
        reference=f"B{number}",
        name=f"Borrower {number}",
        email=f"borrower{number}@mail.example" if email is None else email,
        language=language,
        time_zones=time_zones,
    )


def loan(of: Borrower, due_on: datetime.date = DUE, principal: int = 1_000_00, currency: str = "CNY") -> Loan:
    """A loan of 30 days without interest, paid out, that falls due in one sum."""
    number = next(_numbers)
    disbursed_on = due_on - datetime.timedelta(days=30)
    made = Loan.objects.create(
        reference=f"L{number}",
        borrower=of,
        product=product(currency),
        principal=principal,
        annual_rate=0,
        disbursed_on=disbursed_on,
        first_due_on=due_on,
        installments=1,
        installment_amount=0,
    )
    record(made, "disbursed", disbursed_on, principal)
    return made


def record(loan: Loan, kind: str, on: datetime.date, amount: int) -> Fact:
    return Fact.objects.create(
        loan=loan, kind=kind, value_date=on, amount=amount, idempotency_key=f"{kind}-{next(_numbers)}"
    )


def pay(loan: Loan, on: datetime.date, amount: int | None = None) -> Fact:
    """A payment, of more than all that is owed unless said otherwise."""
    return record(loan, "paid", on, loan.principal * 2 if amount is None else amount)


def circumstance(of: Borrower, kind: str, since: datetime.datetime, until: datetime.datetime | None = None) -> None:
    Circumstance.objects.create(borrower=of, kind=kind, since=since, until=until)


def outbox_files() -> list[Path]:
    """What has left: the files that whoever empties the outbox can see."""
    return sorted(Path(settings.DULY_OUTBOX).glob("*.eml"))


def mails() -> list[EmailMessage]:
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in outbox_files()]
