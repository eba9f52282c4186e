"""A borrower who is signed in, with one loan that is late, one up to date and one paid off; and somebody else's."""

import datetime
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone, translation

from duly.lending import services
from duly.lending.models import Loan
from duly.people.models import Borrower
from duly.people.roles import Role, give_roles

TERMS = {"currency": "CNY", "method": "equal_installment", "penalty": {"annual_rate": "0.18", "on": "principal"}}
A_DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def today(db) -> datetime.date:
    """The lender's date now."""
    return timezone.localdate()


def lend(borrower: Borrower, reference: str, drawn_on: datetime.date) -> Loan:
    """1,200.00 over three months at 12%, paid out on `drawn_on`."""
    services.add_product("three-months", TERMS, name_en="Three months", name_zh="三个月")
    return services.disburse_loan(
        reference,
        borrower=borrower.reference,
        product="three-months",
        principal=1_200_00,
        annual_rate=120_000,
        disbursed_on=drawn_on,
        installments=3,
        key=f"out {reference}",
    )


@pytest.fixture
def borrower(db) -> Borrower:
    """The borrower who is signed in."""
    made = Borrower.objects.create(reference="B1", time_zones="Asia/Shanghai")
    made.user = User.objects.create_user("b1")
    made.save()
    give_roles(made.user, Role.BORROWER)
    return made


@pytest.fixture
def loans(borrower, today) -> dict[str, Loan]:
    """The loans of the borrower by how they stand, and that of another."""
    other = Borrower.objects.create(reference="B2", time_zones="Asia/Shanghai")
    found = {
        "late": lend(borrower, "L/late", today - 45 * A_DAY),
        "good": lend(borrower, "L-good", today - 10 * A_DAY),
        "settled": lend(borrower, "L-settled", today - 60 * A_DAY),
        "other": lend(other, "L-other", today - 10 * A_DAY),
    }
    services.record_payment("L-settled", 1_300_00, today - 50 * A_DAY, key="all", prepays=True)
    return found


@pytest.fixture
def phone(borrower) -> Client:
    """The browser in which the borrower is signed in."""
    client = Client()
    client.force_login(borrower.user)
    return client
