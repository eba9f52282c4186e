"""Annual percentage rates against what regulators published: each example to all its figures."""

import datetime

import numpy as np
import pytest

from duly.engine import dates
from duly.engine.door import apr_json
from duly.engine.unit_periods import MONTH, WEEK, YEAR, eu_years, month_end_days


def transaction(method, advances, payments, **more):
    names = ("on", "amount", "every", "count")
    rows = {
        side: [dict(zip(names, row, strict=False)) for row in given]
        for side, given in (("advances", advances), ("payments", payments))
    }
    return {"method": method, **rows, **more}


# 12 CFR 1026 Appendix J (c), examples for the actuarial method: the paragraph, the rate in percent, advance, payments.
APPENDIX_J = [
    ("(c)(1)(i)", "9.69", ("1978-01-10", "5000.00"), [("1978-02-10", "230.00", "1 month", 24)]),
    ("(c)(1)(ii)", "11.82", ("1978-02-10", "6000.00"), [("1978-04-01", "200.00", "1 month", 36)]),
    ("(c)(1)(iii)", "10.34", ("1978-02-23", "5000.00"), [("1978-03-01", "219.17", "half month", 24)]),
    ("(c)(1)(iv)", "8.97", ("1978-05-23", "10000.00"), [("1978-10-01", "385.00", "3 month", 40)]),
    ("(c)(1)(v)", "14.96", ("1978-03-20", "500.00"), [("1978-04-21", "17.60", "1 week", 30)]),
    ("(c)(2)(i)", "10.08", ("1978-01-10", "5000.00"), [("1978-02-10", "250"), ("1978-03-10", "230", "1 month", 23)]),
    ("(c)(2)(ii)", "28.50", ("1978-03-18", "400"), [("1978-04-20", "39.50"), ("1978-05-18", "38.31", "4 week", 11)]),
    ("(c)(3)(i)", "10.50", ("1978-01-10", "5000"), [("1978-02-10", "230", "1 month", 23), ("1980-01-10", "280")]),
    ("(c)(3)(ii)", "12.22", ("1978-04-03", "200"), [("1978-04-11", "9.50", "2 week", 19), ("1979-01-02", "30")]),
    (
        "(c)(4)(i)",
        "10.90",
        ("1978-01-10", "5000.00"),
        [("1978-02-10", "250.00"), ("1978-03-10", "230.00", "1 month", 22), ("1980-01-10", "280.00")],
    ),
    (
        "(c)(4)(ii)",
        "7.30",
        ("1978-01-10", "8000.00"),
        [("1978-03-01", "449.36"), ("1978-05-01", "465.00", "2 month", 18), ("1981-05-01", "200.00")],
    ),
    ("(c)(5)(i) in days", "11.45", ("1978-01-03", "1000.00"), [("1978-09-15", "1080.00")]),
    ("(c)(5)(ii) in months", "8.80", ("1978-07-15", "1000.00"), [("1979-01-15", "1044.00")]),
    ("(c)(5)(iii) a year and months", "8.76", ("1978-01-17", "1000.00"), [("1979-07-17", "1135.19")]),
    ("(c)(5)(iv) two years", "11.36", ("1978-01-03", "1000.00"), [("1980-01-03", "1240.00")]),
]


@pytest.mark.parametrize(("paragraph", "percent", "advance", "payments"), APPENDIX_J, ids=lambda one: str(one)[:12])
def test_regulation_z_appendix_j(paragraph, percent, advance, payments):
    found = apr_json(transaction("us", [advance], payments))
    assert f"{float(found['apr']) * 100:.2f}" == percent, paragraph


@pytest.mark.parametrize("unit", ["1 day", "day"])
def test_a_single_payment_has_its_term_for_unit_period_also_when_it_is_to_be_measured_in_days(unit):
    document = transaction("us", [("1978-01-03", "1000.00")], [("1978-09-15", "1080.00")], unit_period=unit)
    assert apr_json(document)["apr"] == f"{0.08 * 365 / 255:.8f}"


# The same rates by another program that follows Appendix J (b)(5), checked in a spreadsheet by its authors.
SECOND_OPINION = [
    ("9.15", ("1978-06-23", "10000"), ("1978-10-01", "385", "3 month", 40)),
    ("9.32", ("1978-07-23", "10000"), ("1978-10-01", "385", "3 month", 40)),
    ("94.15", ("2023-10-26", "1000"), ("2023-11-30", "220", "1 day", 5)),
    ("176.52", ("2023-10-28", "1000"), ("2023-11-30", "250", "1 week", 5)),
    ("412.40", ("2023-11-23", "1000"), ("2023-11-30", "250", "1 week", 5)),
    ("434.30", ("2023-11-24", "1000"), ("2023-11-30", "250", "1 week", 5)),
    ("78.34", ("2023-10-26", "1000"), ("2023-11-30", "500", "1 year", 5)),
]


@pytest.mark.parametrize(("percent", "advance", "payments"), SECOND_OPINION)
def test_regulation_z_in_the_judgement_of_another_program(percent, advance, payments):
    assert f"{float(apr_json(transaction('us', [advance], [payments]))['apr']) * 100:.2f}" == percent


# Directive 98/7/EC annex III, examples of the calculation that 2008/48/EC annex I part I took over: A on a calendar
# basis, B on the basis of equal months. A loan of 1 January 1994, in the third example repaid after one and two years.
EU_EXAMPLES = [
    ("A first", "12.96", "1000", [("1995-07-01", "1200")], "1 day"),
    ("A second", "16.9", "950", [("1995-07-01", "1200")], "1 day"),
    ("A third", "13.07", "1000", [("1995-01-01", "600", "1 year", 2)], "1 day"),
    ("B first", "12.92", "1000", [("1995-07-01", "1200")], None),
    ("B second", "16.9", "950", [("1995-07-01", "1200")], None),
    ("B third", "13.07", "1000", [("1995-01-01", "600", "1 year", 2)], None),
]


@pytest.mark.parametrize(("example", "percent", "lent", "payments", "unit"), EU_EXAMPLES)
def test_european_examples(example, percent, lent, payments, unit):
    found = apr_json(transaction("eu", [("1994-01-01", lent)], payments, unit_period=unit))
    places = len(percent.partition(".")[2])
    assert f"{float(found['apr']) * 100:.{places}f}" == percent, example
    assert found["effective"] == found["apr"]


def test_a_charge_taken_at_drawdown_is_the_same_as_less_drawn():
    # 98/7/EC annex III, second example: "the creditor retains 50 for administrative expenses".
    kept = transaction("eu", [("1994-01-01", "1000")], [("1994-01-01", "50"), ("1995-07-01", "1200")])
    less = transaction("eu", [("1994-01-01", "950")], [("1995-07-01", "1200")])
    assert apr_json(kept) == apr_json(less)


# SWD(2012) 128, 4.1.1: drawdown, payment, whole periods as parts of a year, days left, days of the year that ends so.
INTERVALS = [
    (MONTH, "2019-01-12", "2020-01-12", 12 / 12, 0, 365),
    (MONTH, "2012-01-12", "2012-02-15", 1 / 12, 3, 365),
    (MONTH, "2012-01-12", "2012-03-15", 2 / 12, 3, 365),
    (MONTH, "2012-01-12", "2012-04-15", 3 / 12, 3, 365),
    (MONTH, "2013-01-12", "2013-02-15", 1 / 12, 3, 366),
    (MONTH, "2013-01-12", "2013-04-15", 3 / 12, 3, 366),
    (MONTH, "2013-02-25", "2013-03-28", 1 / 12, 3, 366),
    (MONTH, "2013-02-26", "2013-03-29", 1 / 12, 2, 366),
    (MONTH, "2012-02-26", "2012-03-29", 1 / 12, 3, 366),
    (YEAR, "2012-01-12", "2012-02-15", 0, 34, 365),
    (YEAR, "2012-01-12", "2013-02-15", 1, 34, 365),
    (YEAR, "2012-01-12", "2014-02-15", 2, 34, 365),
    (YEAR, "2020-01-01", "2021-03-15", 1, 74, 366),
    (WEEK, "2012-01-12", "2012-01-26", 2 / 52, 0, 365),
    (WEEK, "2012-01-12", "2012-01-30", 2 / 52, 4, 365),
    (WEEK, "2012-01-12", "2013-01-10", 52 / 52, 0, 365),
    # Month ends are kept, as the schedules of loans keep them.
    (MONTH, "2024-01-31", "2024-02-29", 1 / 12, 0, 365),
    (MONTH, "2024-12-31", "2025-02-28", 2 / 12, 0, 365),
    (MONTH, "2024-02-29", "2024-03-31", 1 / 12, 0, 365),
    (YEAR, "2024-02-29", "2025-02-28", 1, 0, 365),
    (YEAR, "2024-02-28", "2025-02-27", 0, 365, 366),
]


@pytest.mark.parametrize(("unit", "drawn_on", "paid_on", "whole", "left", "year"), INTERVALS)
def test_european_intervals(unit, drawn_on, paid_on, whole, left, year):
    start, end = (np.array([dates.days(datetime.date.fromisoformat(day))]) for day in (drawn_on, paid_on))
    last_day = month_end_days(start, end, np.array([True]), np.array([0]))
    assert eu_years(start, end, unit, last_day)[0] == pytest.approx(whole + left / year, abs=1e-15)
