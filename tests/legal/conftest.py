"""A borrower with a late loan and a case, a lawyer, a colleague who agrees, and somebody of finance."""

import datetime
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.utils import timezone, translation

from duly.collection.models import Case
from duly.collection.services import open_case
from duly.lending import services as lending
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
def now(db) -> datetime.datetime:
    """Today at noon in Shanghai, when letters may leave."""
    return timezone.make_aware(datetime.datetime.combine(timezone.localdate(), datetime.time(12)))


@pytest.fixture
def today(now: datetime.datetime) -> datetime.date:
    """The lender's date."""
    return timezone.localdate(now)


@pytest.fixture
def borrower(db) -> Borrower:
    """Somebody in Shanghai who reads English."""
    return Borrower.objects.create(
        reference="B1",
        name="Borrower 12",
        email="b12@borrower.example",
        address="12 Example Road, Shanghai",
        time_zones="Asia/Shanghai",
    )


@pytest.fixture
def loan(borrower: Borrower, today: datetime.date) -> Loan:
    """1,200.00 over three months at 12%, paid out 100 days ago; the first installment alone was paid."""
    lending.add_product("three-months", TERMS, name_en="Three months", name_zh="三个月")
    made = lending.disburse_loan(
        "L1",
        borrower="B1",
        product="three-months",
        principal=1_200_00,
        annual_rate=120_000,
        disbursed_on=today - 100 * A_DAY,
        installments=3,
        key="out",
    )
    lending.record_payment("L1", 408_03, made.first_due_on, key="paid/1")
    return made


@pytest.fixture
def case(borrower: Borrower, loan: Loan, today: datetime.date) -> Case:
    """The case of that loan."""
    return open_case(borrower.pk, [loan.pk], today - 30 * A_DAY, "became overdue")


def _somebody(name: str, *roles: Role) -> User:
    made = User.objects.create_user(name, password="a password of twelve", is_staff=True)
    give_roles(made, *roles)
    return made


@pytest.fixture
def lawyer(db) -> User:
    """One of the legal department."""
    return _somebody("lawyer", Role.LEGAL)


@pytest.fixture
def colleague(db) -> User:
    """Another of the legal department."""
    return _somebody("colleague", Role.LEGAL)


@pytest.fixture
def cashier(db) -> User:
    """Somebody of finance."""
    return _somebody("cashier", Role.FINANCE)
