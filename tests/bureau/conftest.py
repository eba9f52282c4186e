"""A borrower of two loans whose months were reported, one late and put right; without the closes that led there."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from duly.bureau.models import Line, Report
from duly.bureau.months import month_end, months_to
from duly.engine.fold import STATUS
from duly.lending.models import Loan
from duly.people import consents
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles
from small_book import lend

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@dataclass(frozen=True)
class OnRecord:
    """Who is on record, with what."""

    borrower: Borrower
    loan: Loan
    lines: list[Line]  # of the loan, by month
    phone: Client
    legal: Client


@pytest.fixture
def on_record(db) -> OnRecord:
    """Fourteen months of a loan, 22 and 50 days late in between; one of somebody else's."""
    loan = lend("L-12", installments=24, borrower="B12")
    lend("L-other")
    borrower = loan.borrower
    consents.give(borrower, "credit_report", "en", at=LONG_AGO)
    lines = [reported(loan, end, late) for end, late in zip(months(), LATE, strict=True)]
    reported(Loan.objects.get(reference="L-other"), month_end("2025-02"), 0)
    Line.objects.create(
        report=Report.objects.get(month=month_end("2025-06")), loan=loan, month=month_end("2025-05"),
        kind=Line.Kind.CORRECTION, status=STATUS["open"], days_past_due=0, balance=900_00, past_due=0, risk_class=0,
    )  # fmt: skip
    return OnRecord(borrower, loan, lines, signed_in(borrower), staff("legal", Role.LEGAL))


LATE = [0, 22, 50, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def months() -> list[datetime.date]:
    return months_to(month_end("2026-02"), len(LATE))[::-1]


def reported(loan: Loan, end: datetime.date, late: int) -> Line:
    """A line about a month, in its report."""
    at = datetime.datetime.combine(end, datetime.time(4), datetime.UTC) + datetime.timedelta(days=5)
    of_month = {"facts_through": 0, "reported_at": at, "loans": 1, "corrections": 0, "form": "csv", "files": {}}
    report, _ = Report.objects.get_or_create(
        layout="cn", month=end, defaults={**of_month, "held_back": {"no_consent": 0, "not_told": 0}}
    )
    return Line.objects.create(
        report=report, loan=loan, month=end, kind=Line.Kind.OF_THE_MONTH, status=STATUS["open"], days_past_due=late,
        balance=1000_00, past_due=62_00 if late else 0, risk_class=1 if late else 0,
    )  # fmt: skip


def signed_in(borrower: Borrower) -> Client:
    borrower.user = User.objects.create_user(borrower.reference)
    borrower.save()
    give_roles(borrower.user, Role.BORROWER)
    client = Client()
    client.force_login(borrower.user)
    return client


def staff(name: str, role: Role) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    give_roles(user, role)
    client = Client()
    client.force_login(user)
    return client
