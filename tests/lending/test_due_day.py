"""Another day of the month to pay on: agreed before it is recorded, and what it costs told to the cent."""

import datetime

import pytest

from duly.engine.errors import InputError
from duly.lending import services
from duly.lending.due_day import change_due_day, new_days
from duly.lending.models import Loan
from duly.lending.positions import penalty_of_a_day, position_on
from duly.people.models import Borrower

pytestmark = pytest.mark.django_db
START = datetime.date(2026, 1, 10)
# The first installment is paid; the second is due on 10 March.
ON = datetime.date(2026, 2, 20)


@pytest.fixture
def loan() -> Loan:
    Borrower.objects.create(reference="B1")
    services.add_product("monthly", {"currency": "EUR", "method": "equal_installment"}, name_en="Monthly")
    made = services.disburse_loan(
        "L1",
        borrower="B1",
        product="monthly",
        principal=1_200_00,
        annual_rate=120_000,
        disbursed_on=START,
        installments=12,
        key="out",
    )
    services.record_payment("L1", made.installment_amount, datetime.date(2026, 2, 10), key="first")
    return made


def test_a_later_day_costs_the_interest_of_the_days_between(loan):
    # From 10 February to 25 March instead of 10 March: 45 days by 30/360 on what is left instead of 30.
    asked = new_days(loan, datetime.date(2026, 3, 25), ON)
    left = 1_200_00 - (loan.installment_amount - 12_00)
    assert [one.due_on for one in asked.installments][:3] == [
        datetime.date(2026, 3, 25), datetime.date(2026, 4, 25), datetime.date(2026, 5, 25)
    ]  # fmt: skip
    assert len(asked.installments) == 11
    assert asked.costs == pytest.approx(left * 0.12 * 15 / 360, abs=2)
    assert sum(one.principal for one in asked.installments) == left


def test_what_was_shown_is_what_is_recorded_once(loan):
    asked = new_days(loan, datetime.date(2026, 3, 25), ON)
    for _ in range(2):
        change_due_day(loan, datetime.date(2026, 3, 25), ON, key="day")
    standing = position_on(loan, ON)
    assert [one for one in standing.installments if one.outstanding > 0] == asked.installments
    assert loan.facts.filter(kind="rescheduled").count() == 1


@pytest.mark.parametrize("day", [ON, datetime.date(2026, 4, 11)])
def test_a_day_out_of_range_is_refused_with_the_range(loan, day):
    with pytest.raises(InputError) as told:
        new_days(loan, day, ON)
    assert told.value.remedy == "Choose one from 2026-02-21 to 2026-04-10."


def test_nothing_changes_while_something_is_overdue(loan):
    with pytest.raises(InputError, match="overdue"):
        new_days(loan, datetime.date(2026, 3, 25), datetime.date(2026, 3, 11))


def test_a_day_of_lateness_costs_its_penalty_interest(loan):
    # 10.5% a year on the overdue principal: the house's default.
    late = datetime.date(2026, 3, 20)
    principal = position_on(loan, late).overdue["principal"]
    assert penalty_of_a_day(loan, ON) == 0
    assert penalty_of_a_day(loan, late) == pytest.approx(principal * 0.105 / 365, abs=1)
    month = sum(penalty_of_a_day(loan, late + datetime.timedelta(days=day)) for day in range(20))
    assert month == pytest.approx(principal * 0.105 * 20 / 365, abs=1)
