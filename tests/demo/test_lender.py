"""The demonstration lender: made on the first start, gone on with on a later one, never mixed with real loans."""

import datetime

import pytest
from django.utils import timezone

from duly.close.models import Close
from duly.contact.local_time import lender_date
from duly.contact.models import Decision, Message
from duly.demo import lender
from duly.demo.lender import RealBookError, bring_up_to_date
from duly.lending.models import Fact, Loan, Product
from duly.people.models import Borrower

ONE_DAY = datetime.timedelta(days=1)


@pytest.fixture
def small(book, settings, monkeypatch):
    """A book of its own, and a demonstration of 40 days with 300 people."""
    settings.HOME = book.home
    monkeypatch.setattr(lender, "HISTORY", 39 * ONE_DAY)
    monkeypatch.setattr(lender, "BORROWERS", 300)


def quietly(stage: str, done: int, steps: int) -> None:
    assert 0 <= done <= steps


def test_the_first_start_makes_a_closed_book_up_to_yesterday(small):
    now = timezone.now()
    bring_up_to_date(now, quietly)
    closes = list(Close.objects.order_by("business_date").values_list("business_date", flat=True))
    yesterday = lender_date(now) - ONE_DAY
    assert closes[-1] == yesterday
    assert closes == [closes[0] + number * ONE_DAY for number in range((yesterday - closes[0]).days + 1)]
    assert len(closes) > 20
    assert set(Fact.objects.values_list("source", flat=True)) == {"simulation", "borrowing"}
    assert Message.objects.exists()
    assert not Message.objects.filter(sent_at__gt=now).exists()
    assert not Decision.objects.filter(message__isnull=False, allowed=False).exists()


def test_a_later_start_goes_on_with_the_same_lives(small):
    now = timezone.now()
    bring_up_to_date(now - 3 * ONE_DAY, quietly)
    before = dict(Fact.objects.values_list("pk", "amount"))
    bring_up_to_date(now, quietly)
    after = dict(Fact.objects.values_list("pk", "amount"))
    assert before.items() < after.items()
    assert Close.objects.filter(business_date=lender_date(now) - ONE_DAY).exists()
    bring_up_to_date(now, quietly)
    assert Fact.objects.count() == len(after)


def test_a_book_of_real_loans_is_left_alone(small):
    terms = {"currency": "CNY", "method": "bullet", "every": "30 day"}
    Loan.objects.create(
        reference="real",
        borrower=Borrower.objects.create(reference="real"),
        product=Product.objects.create(code="real", name_en="Real", currency="CNY", terms=terms),
        principal=1,
        annual_rate=0,
        disbursed_on=datetime.date(2025, 1, 1),
        first_due_on=datetime.date(2025, 1, 31),
        installments=1,
        installment_amount=0,
    )
    with pytest.raises(RealBookError):
        bring_up_to_date(timezone.now(), quietly)
    assert Loan.objects.count() == 1
    assert list(Product.objects.values_list("code", flat=True)) == ["real"]
