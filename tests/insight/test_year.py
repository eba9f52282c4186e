"""A small simulated year, full of trouble: lawful by the independent checker, and everything adds up."""

import datetime

import pytest

from duly.collection.models import Assignment
from duly.contact.models import Message
from duly.insight.year import people
from duly.insight.year.checking import check_year
from duly.insight.year.days import Lived, live_year
from duly.lending.services import record_payment
from duly.people.models import Borrower
from lawful_log import unlawful

FIRST, DAYS = datetime.date(2025, 1, 1), 65
LAST = FIRST + datetime.timedelta(days=DAYS - 1)
NIGHT = datetime.datetime.combine(LAST, datetime.time(23), datetime.UTC)
# Far more trouble than any lender has, so that few people show all of it.
TROUBLE = (0.2, 0.2, 0.35, 0.08, 0.07, 0.1)


@pytest.fixture
def lived(book: object, monkeypatch: pytest.MonkeyPatch, settings: object) -> Lived:
    monkeypatch.setattr(people, "SHARES", TROUBLE)
    settings.DULY_EXPERIMENT = "gentle"  # type: ignore[attr-defined]
    settings.SECRET_KEY = "the experiment draws by it"  # type: ignore[attr-defined]
    return live_year(50, FIRST, LAST, seed=3, collectors=2, progress=lambda: None)


def test_a_year_of_trouble_is_lawful_and_adds_up_and_what_does_not_is_found(lived: Lived) -> None:
    assert unlawful("cn") == []
    checked = check_year(NIGHT)
    assert checked.wrong == []
    assert checked.contacts_after_payment == 0
    # It was a year in which things happened.
    assert min(lived.messages, lived.calls, lived.promises, lived.plans, lived.complaints, lived.relief) > 0
    assert set(Assignment.objects.values_list("playbook", flat=True)) == {"standard", "gentle"}
    assert (checked.promises.total(), checked.plans.total()) == (lived.promises, lived.plans)
    assert checked.promises["kept"] > 0

    # The same year would have been unlawful had people lived where it was night, or had they paid before.
    Borrower.objects.update(time_zones="Europe/London")
    assert any("at night" in line for line in unlawful("cn"))
    late = Message.objects.filter(planned__template="late_3").select_related("planned").first()
    assert late is not None
    for loan in late.planned.loans.all():
        record_payment(loan.reference, loan.principal * 2, loan.disbursed_on, key=f"before/{loan.pk}", source="test")
    assert check_year(NIGHT).contacts_after_payment >= 1
