"""A small closed book for the pages: one loan up to date, one late, one settled, one payment taken back."""

import datetime
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from duly.close.services import close_through
from duly.collection.after_close import work_close
from duly.lending.models import Fact, Loan, Product
from duly.people.models import Borrower
from duly.people.roles import STAFF, give_roles

FIRST = datetime.date(2025, 2, 17)
FIRST_DUE, SECOND_DUE = datetime.date(2025, 2, 24), datetime.date(2025, 3, 3)
LAST = datetime.date(2025, 3, 6)
PASSWORD = "a password of twelve"
MORNING = datetime.datetime(2025, 3, 7, 1, 0, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def lent(book) -> dict[str, Loan]:
    """The loans by what became of them, with every day closed from the first fact through LAST and cases worked."""
    product = Product.objects.create(
        code="three-weeks",
        name_en="Three weeks",
        name_zh="三周",
        currency="CNY",
        terms={"currency": "CNY", "method": "equal_principal", "every": "1 week", "day_count": "act/365"},
    )

    def lend(reference: str, *payments: tuple[datetime.date, int]) -> Loan:
        borrower = Borrower.objects.create(
            reference=f"borrower of {reference}", email="nobody@borrower.example", time_zones="Asia/Shanghai"
        )
        loan = Loan.objects.create(
            reference=reference,
            borrower=borrower,
            product=product,
            principal=1200_00,
            annual_rate=120_000,
            disbursed_on=FIRST,
            first_due_on=FIRST_DUE,
            installments=3,
            installment_amount=0,
        )
        happens(loan, "disbursed", FIRST, 1200_00)
        for on, amount in payments:
            happens(loan, "paid", on, amount)
        return loan

    # 1200.00 at 12% in three weeks: 402.76, 401.84, 400.92.
    loans = {
        "good": lend("good/1", (FIRST_DUE, 402_76), (SECOND_DUE, 401_84)),
        "late": lend("late-1", (FIRST_DUE, 402_76)),
        "settled": lend("settled-1", (FIRST_DUE, 1202_76)),
        "bounced": lend("bounced-1", (FIRST_DUE, 402_76), (SECOND_DUE, 401_84)),
    }
    payment = loans["bounced"].facts.get(kind="paid", value_date=SECOND_DUE)
    Fact.objects.create(
        loan=loans["bounced"],
        kind="reversed",
        value_date=datetime.date(2025, 3, 5),
        reverses=payment,
        idempotency_key="bounced",
    )
    close_through(LAST)
    work_close(LAST, MORNING)
    return loans


def happens(loan: Loan, kind: str, on: datetime.date, amount: int) -> Fact:
    """Record one fact."""
    key = f"{loan.reference} {kind} {on}"
    return Fact.objects.create(loan=loan, kind=kind, value_date=on, amount=amount, idempotency_key=key)


@pytest.fixture
def password() -> str:
    """The password of the member of staff."""
    return PASSWORD


@pytest.fixture
def staff(db, password) -> User:
    """Somebody of the lender's staff, with every role."""
    clerk = User.objects.create_user("clerk", password=password, is_staff=True)
    give_roles(clerk, *STAFF)
    return clerk


@pytest.fixture
def clerk(staff) -> Client:
    """A browser in which a member of staff is signed in."""
    client = Client()
    client.force_login(staff)
    return client
