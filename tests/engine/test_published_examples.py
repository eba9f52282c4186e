"""The engine against figures that others have published: day counts, an annuity, and another system's schedule."""

import datetime
from fractions import Fraction

import pytest

from duly.engine import dates
from duly.engine.contract import parse_contract
from duly.engine.door import schedule_json
from duly.engine.schedule import schedule

# Days by 30/360 (2006 ISDA Definitions 4.16(f)) and 30E/360 (4.16(g)): ISDA, "30/360 day count fraction" workbook,
# www.isda.org, examples 1 to 3.
THIRTY = [
    ("2007-01-15", "2007-01-30", 15, 15),
    ("2007-01-15", "2007-02-15", 30, 30),
    ("2007-01-15", "2007-07-15", 180, 180),
    ("2007-09-30", "2008-03-31", 180, 180),
    ("2007-09-30", "2007-10-31", 30, 30),
    ("2007-09-30", "2008-09-30", 360, 360),
    ("2007-01-15", "2007-01-31", 16, 15),
    ("2007-01-31", "2007-02-28", 28, 28),
    ("2007-02-28", "2007-03-31", 33, 32),
    ("2006-08-31", "2007-02-28", 178, 178),
    ("2007-02-28", "2007-08-31", 183, 182),
    ("2007-02-14", "2007-02-28", 14, 14),
    ("2007-02-26", "2008-02-29", 363, 363),
    ("2008-02-29", "2009-02-28", 359, 359),
    ("2008-02-29", "2008-03-30", 31, 31),
    ("2008-02-29", "2008-03-31", 32, 31),
    ("2007-02-28", "2007-03-05", 7, 7),
    ("2007-10-31", "2007-11-28", 28, 28),
    ("2007-08-31", "2008-02-29", 179, 179),
    ("2008-02-29", "2008-08-31", 182, 181),
    ("2008-08-31", "2009-02-28", 178, 178),
    ("2009-02-28", "2009-08-31", 183, 182),
]

# Actual/actual (ISDA), 4.16(b): ISDA, "EMU and market conventions: recent developments" (1998), section 4.
ACTUAL = [
    ("2003-11-01", "2004-05-01", "0.497724380567"),
    ("1999-02-01", "1999-07-01", "0.410958904110"),
    ("1999-07-01", "2000-07-01", "1.001377348600"),
    ("2002-08-15", "2003-07-15", "0.915068493151"),
    ("2003-07-15", "2004-01-15", "0.504004790778"),
    ("1999-07-30", "2000-01-30", "0.503892506924"),
    ("2000-01-30", "2000-06-30", "0.415300546448"),
    ("1999-11-30", "2000-04-30", "0.415540085336"),
]


def fraction(start: str, end: str, day_count: str, first_day_out: bool = False) -> Fraction:
    first, last = (dates.days(datetime.date.fromisoformat(day)) for day in (start, end))
    return Fraction(*map(int, dates.year_fraction(first, last, dates.DAY_COUNT[day_count], first_day_out)))


@pytest.mark.parametrize(("start", "end", "bond", "eurobond"), THIRTY)
def test_thirty_day_months_as_isda_shows_them(start, end, bond, eurobond):
    assert fraction(start, end, "30/360") == Fraction(bond, 360)
    assert fraction(start, end, "30e/360") == Fraction(eurobond, 360)


@pytest.mark.parametrize(("start", "end", "part"), ACTUAL)
def test_actual_actual_as_isda_shows_it(start, end, part):
    assert abs(fraction(start, end, "act/act") - Fraction(part)) < Fraction(1, 10**11)


def test_actual_days_over_365_and_360_count_the_leap_day():
    assert fraction("2024-01-01", "2025-01-01", "act/365") == Fraction(366, 365)
    assert fraction("2024-01-01", "2025-01-01", "act/360") == Fraction(366, 360)


def test_which_day_of_a_period_bears_interest_shows_only_where_the_year_turns_to_or_from_a_leap_year():
    assert fraction("2023-12-31", "2024-01-31", "act/act") == Fraction(1, 365) + Fraction(30, 366)
    assert fraction("2023-12-31", "2024-01-31", "act/act", first_day_out=True) == Fraction(31, 366)
    assert fraction("2024-03-01", "2024-04-01", "act/act", first_day_out=True) == Fraction(31, 366)


def test_the_monthly_payment_of_a_well_known_mortgage():
    """Wikipedia, "Mortgage calculator": $200,000 over 30 years at 6.5% is $1,264.14 a month."""
    contract = parse_contract(
        {
            "currency": "USD",
            "principal": "200000",
            "disbursed_on": "2024-01-01",
            "annual_rate": "0.065",
            "method": "equal_installment",
            "installments": 360,
        }
    )
    installments = schedule(contract)
    assert {one.total for one in installments[:-1]} == {1264_14}
    # The last takes the half cent of each installment, with its interest since.
    assert abs(installments[-1].total - 1264_14) < 6_00


def test_another_systems_schedule_to_the_cent():
    """Apache Fineract's progressive loan: EUR 100 at 7% over 6 months, 30/360 (its end-to-end tests, LP2)."""
    found = schedule_json(
        {
            "currency": "EUR",
            "principal": "100.00",
            "disbursed_on": "2024-01-01",
            "annual_rate": "0.07",
            "day_count": "30/360",
            "method": "equal_installment",
            "installments": 6,
        }
    )
    rows = [
        (one["due_on"], one["balance_after"], one["principal"], one["interest"], one["total"])
        for one in found["installments"]
    ]
    assert rows == [
        ("2024-02-01", "83.57", "16.43", "0.58", "17.01"),
        ("2024-03-01", "67.05", "16.52", "0.49", "17.01"),
        ("2024-04-01", "50.43", "16.62", "0.39", "17.01"),
        ("2024-05-01", "33.71", "16.72", "0.29", "17.01"),
        ("2024-06-01", "16.90", "16.81", "0.20", "17.01"),
        ("2024-07-01", "0.00", "16.90", "0.10", "17.00"),
    ]
    assert found["total_interest"] == "2.05"
