"""Annual percentage rates: what must hold for every loan, against a slow second method, and what is refused."""

import datetime
import doctest
import json
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from duly.cli import app
from duly.engine import dates
from duly.engine.cash_flows import Flows, contract_flows, flows_of_one, parse_flows
from duly.engine.contract import parse_contract
from duly.engine.door import apr_json, schedule_json
from duly.engine.errors import InputError
from duly.engine.rates import above_cap, all_in_cost, annual_percentage_rates, rate_of_one, yearly_rates
from duly.engine.schedule import schedule
from duly.engine.unit_periods import DAY, HALF_MONTH, MONTH, WEEK, YEAR, UnitPeriod, find_unit_period, parse_unit_period

START = datetime.date(2023, 1, 15)


def day(year, month, day_of_month):
    return dates.days(datetime.date(year, month, day_of_month))


def months_on(count, start=START):
    return int(dates.add_months(dates.days(start), count, dates.CLAMP))


def by_bisection(flows):
    """The rate a period of (whole periods, fraction, amount) rows, to 30 digits, by halving and nothing else."""
    with localcontext() as context:
        context.prec = 40

        def worth(rate):
            return sum(amount / ((1 + part * rate) * (1 + rate) ** whole) for whole, part, amount in flows)

        low, high = Decimal("-0.99"), Decimal(1000)
        assert worth(low) > 0 > worth(high)
        for _ in range(130):
            middle = (low + high) / 2
            low, high = (middle, high) if worth(middle) > 0 else (low, middle)
        return float(low)


def by_bisection_in_days(flows):
    """The yearly rate of (days, amount) rows by days / 365, in the same way."""
    return by_bisection([(Decimal(days) / 365, Decimal(0), Decimal(amount)) for days, amount in flows])


amounts = st.integers(1, 10**10)
payment_lists = st.lists(amounts, min_size=1, max_size=40)


# Rates against a second method


@given(st.integers(30, 120), payment_lists)
@settings(max_examples=60, deadline=None)
def test_a_monthly_loan_has_the_rate_that_halving_finds(percent, payments):
    lent = max(1, sum(payments) * percent // 100)
    flows = flows_of_one([(months_on(0), -lent)] + [(months_on(k), paid) for k, paid in enumerate(payments, 1)])
    rows = [(k, Decimal(0), Decimal(amount)) for k, amount in enumerate([-lent, *payments])]
    monthly = by_bisection(rows)
    found = rate_of_one(flows, "cn")
    assert rate_of_one(flows, "us").apr == pytest.approx(12 * monthly, rel=1e-11, abs=1e-12)
    assert found.apr == pytest.approx(12 * monthly, rel=1e-11, abs=1e-12)
    assert found.effective == pytest.approx((1 + monthly) ** 12 - 1, rel=1e-10, abs=1e-12)
    assert rate_of_one(flows, "eu", MONTH).apr == pytest.approx((1 + monthly) ** 12 - 1, rel=1e-10, abs=1e-12)


@given(
    st.integers(0, 4),
    st.integers(0, 27),
    st.lists(st.integers(4_000, 90_000), min_size=3, max_size=30),
    st.integers(1, 28),
)
@settings(max_examples=60, deadline=None)
def test_an_odd_first_period_is_whole_months_back_and_thirtieths_at_simple_interest(
    months, odd, payments, day_of_month
):
    # 12 CFR 1026 Appendix J (b)(5)(ii), (b)(8): the months are counted back from the payment, the odd days come first.
    if months == 0 and odd == 0:
        return
    first = datetime.date(2023, 9, day_of_month)
    lent_on = months_on(-months, first) - odd
    lent = sum(payments) * 9 // 10
    flows = flows_of_one([(lent_on, -lent)] + [(months_on(k, first), paid) for k, paid in enumerate(payments)])
    rows = [(months + k, Decimal(odd) / 30, Decimal(paid)) for k, paid in enumerate(payments)]
    monthly = by_bisection([(0, Decimal(0), Decimal(-lent)), *rows])
    assert rate_of_one(flows, "us").apr == pytest.approx(12 * monthly, rel=1e-11)


@given(st.lists(st.tuples(st.integers(60, 2000), st.integers(100, 10**7)), min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_irregular_dates_take_the_yearly_rate_by_days_in_china(payments):
    rows = [(0, -(sum(paid for _, paid in payments) * 4 // 5)), *payments]
    flows = flows_of_one([(dates.days(START) + days, amount) for days, amount in rows])
    found = yearly_rates(flows, "cn", UnitPeriod(5000, "day"))
    assert found.apr[0] == pytest.approx(by_bisection_in_days(rows), rel=1e-10)
    assert found.effective[0] == found.apr[0]


def test_several_advances_are_each_discounted_from_the_first():
    # Half in January, half in April, repaid by ten payments from July, by halving over the months since January.
    flows = [(0, -5000_00), (3, -5000_00)] + [(k, 1100_00) for k in range(6, 16)]
    monthly = by_bisection([(k, Decimal(0), Decimal(amount)) for k, amount in flows])
    one = flows_of_one([(months_on(k), amount) for k, amount in flows])
    assert rate_of_one(one, "us").apr == pytest.approx(12 * monthly, rel=1e-12)
    assert rate_of_one(one, "eu").apr == pytest.approx((1 + monthly) ** 12 - 1, rel=1e-12)


# What must hold for every loan


@given(st.integers(1, 600_000), st.integers(1, 120), st.integers(10**6, 10**9))
@settings(max_examples=80, deadline=None)
def test_a_level_monthly_schedule_costs_its_own_rate(millionths, count, principal):
    # The payment is the exact one rounded to the minor unit, so the rate is met as far as that rounding lets it be.
    monthly = millionths / 12e6
    payment = round(principal * monthly / -np.expm1(-count * np.log1p(monthly)))
    flows = flows_of_one([(months_on(0), -principal)] + [(months_on(k), payment) for k in range(1, count + 1)])
    slack = 24 * count / principal
    assert rate_of_one(flows, "cn").apr == pytest.approx(millionths / 1e6, abs=slack)
    assert rate_of_one(flows, "us", MONTH).apr == pytest.approx(millionths / 1e6, abs=slack)


@given(st.sampled_from(["us", "eu", "cn"]), payment_lists, st.integers(2, 1000))
def test_the_rate_does_not_depend_on_the_size_of_the_money(method, payments, times):
    lent = max(1, sum(payments) * 3 // 4)
    flows = flows_of_one([(months_on(0), -lent)] + [(months_on(k), paid) for k, paid in enumerate(payments, 1)])
    more = flows._replace(amount=flows.amount * times)
    assert rate_of_one(more, method, MONTH).apr == pytest.approx(rate_of_one(flows, method, MONTH).apr, rel=1e-9)


@given(st.sampled_from(["us", "eu", "cn"]), st.lists(amounts, min_size=2, max_size=30), st.data())
def test_a_fee_makes_a_loan_dearer(method, payments, data):
    lent = sum(payments)
    fee = data.draw(st.integers(1, lent - 1))
    paid = [(months_on(k), amount) for k, amount in enumerate(payments, 1)]
    free = rate_of_one(flows_of_one([(months_on(0), -lent), *paid]), method)
    dear = rate_of_one(flows_of_one([(months_on(0), -lent), (months_on(0), fee), *paid]), method)
    assert free.apr == 0
    assert dear.apr > 0
    assert dear.effective >= dear.apr or method == "eu"


@pytest.mark.parametrize("method", ["us", "eu", "cn"])
def test_nothing_earned_is_a_rate_of_zero_and_less_paid_than_lent_one_below_it(method):
    paid = {"on": "2024-02-01", "amount": "100.00", "every": "1 month", "count": 10}
    document = {"method": method, "advances": [{"on": "2024-01-01", "amount": "1000.00"}], "payments": [paid]}
    assert apr_json(document) == {"apr": "0.00000000", "effective": "0.00000000", "finance_charge": "0.00"}
    less = apr_json(document | {"payments": [paid | {"amount": "99.00"}]})
    assert float(less["apr"]) < 0
    assert less["finance_charge"] == "-10.00"


@pytest.mark.parametrize("method", ["us", "eu", "cn"])
def test_a_column_of_loans_has_the_rates_of_its_loans(method):
    chance = np.random.default_rng(7)
    loans = []
    for _ in range(60):
        count = int(chance.integers(1, 30))
        lent_on = day(2023, 1, 1) + int(chance.integers(0, 365))
        first = lent_on + int(chance.integers(1, 60))
        paid = [(int(dates.add_months(first, k, dates.CLAMP)), int(chance.integers(100, 9000))) for k in range(count)]
        loans.append(flows_of_one([(lent_on, -int(chance.integers(1000, 100_000))), *paid]))
    start = np.concatenate([[0], np.cumsum([len(one.on) for one in loans])])
    column = Flows(start, np.concatenate([one.on for one in loans]), np.concatenate([one.amount for one in loans]))
    together = yearly_rates(column, method, MONTH)
    alone = [yearly_rates(one, method, MONTH) for one in loans]
    assert together.solutions.tolist() == [1] * len(loans)
    assert together.apr.tolist() == pytest.approx([float(one.apr[0]) for one in alone], rel=1e-12)


def test_a_loan_without_a_rate_does_not_stop_the_column():
    good = flows_of_one([(months_on(0), -1000), (months_on(1), 1010)])
    bad = flows_of_one([(months_on(0), -1000), (months_on(0), 1000), (months_on(1), 10)])
    column = Flows(np.array([0, 2, 5]), np.concatenate([good.on, bad.on]), np.concatenate([good.amount, bad.amount]))
    found = yearly_rates(column, "cn", MONTH)
    assert found.solutions.tolist() == [1, 0]
    assert found.apr[0] == pytest.approx(0.12)
    assert np.isnan(found.apr[1])


def one_payment(method, lent_on, paid_on, ratio):
    flows = flows_of_one([(day(*lent_on), -1_000_000), (day(*paid_on), round(1_000_000 * ratio))])
    return rate_of_one(flows, method).apr


def test_one_payment_after_more_than_a_year_is_years_and_the_days_left_at_simple_interest():
    rate = one_payment("us", (2023, 1, 1), (2024, 1, 16), 1.12)  # Appendix J (b)(5)(v)
    assert (1 + rate) * (1 + rate * 15 / 365) == pytest.approx(1.12)


def test_one_payment_in_europe_is_in_months_or_weeks_where_they_are_whole_and_in_days_elsewhere():
    assert one_payment("eu", (2023, 2, 1), (2023, 3, 1), 1.01) == pytest.approx(1.01**12 - 1)
    assert one_payment("eu", (2023, 1, 2), (2023, 1, 30), 1.01) == pytest.approx(1.01 ** (52 / 4) - 1)
    assert one_payment("eu", (2023, 1, 2), (2023, 2, 1), 1.01) == pytest.approx(1.01 ** (365 / 30) - 1)


def test_one_payment_in_china_is_in_months_where_they_are_whole_and_in_days_elsewhere():
    assert one_payment("cn", (2023, 1, 2), (2023, 7, 2), 1.06) == pytest.approx(12 * (1.06 ** (1 / 6) - 1))
    assert one_payment("cn", (2023, 1, 2), (2023, 2, 16), 1.01) == pytest.approx(1.01 ** (365 / 45) - 1)


def test_half_months_in_china_are_equal_periods():
    row = {"on": "2024-01-16", "amount": "510.00", "every": "half month", "count": 2}
    document = {"method": "cn", "advances": [{"on": "2024-01-01", "amount": "1000.00"}], "payments": [row]}
    rate = float(apr_json(document)["apr"]) / 24
    assert 510 / (1 + rate) + 510 / (1 + rate) ** 2 == pytest.approx(1000)


def test_a_later_advance_on_a_months_end_does_not_move_the_payments():
    payments = [(day(2023, month, 28), 50_00) for month in (2, 3, 4, 5, 6)]
    flows = flows_of_one([(day(2023, 1, 28), -100_00), (day(2023, 3, 31), -100_00), *payments])
    rows = [(0, 0, -100_00), (2, 3, -100_00), *((k, 0, 50_00) for k in range(1, 6))]
    monthly = by_bisection([(whole, Decimal(odd) / 30, Decimal(amount)) for whole, odd, amount in rows])
    assert rate_of_one(flows, "us").apr == pytest.approx(12 * monthly, rel=1e-11)


def test_periods_over_a_year_are_measured_in_years_in_the_united_states():
    flows = flows_of_one([(months_on(0), -1000), (months_on(18), 700), (months_on(36), 700)])
    assert rate_of_one(flows, "us", UnitPeriod(18, "month")) == rate_of_one(flows, "us", YEAR)


# Unit periods


RUNS = [
    ("2024-01-31", "2024-02-29", "1 month", 12, MONTH),
    ("2024-01-30", "2024-02-29", "1 month", 12, MONTH),
    ("2023-07-01", "2023-08-01", "1 month", 2, MONTH),  # two periods of 31 days are months all the same
    ("2023-02-01", "2023-03-01", "4 week", 9, UnitPeriod(4, "week")),  # though the first is a month too
    ("2023-02-01", "2023-03-01", "4 week", 2, UnitPeriod(4, "week")),
    ("2024-01-01", "2024-01-16", "half month", 12, HALF_MONTH),
    ("2024-01-15", "2024-01-31", "half month", 12, HALF_MONTH),
    ("2024-01-01", "2024-01-15", "2 week", 12, UnitPeriod(2, "week")),
    ("2024-01-01", "2024-01-08", "1 week", 3, WEEK),
    ("2024-01-01", "2024-01-02", "1 day", 30, DAY),
    ("2024-01-01", "2024-01-11", "10 day", 9, UnitPeriod(10, "day")),
    ("2024-01-10", "2024-04-10", "3 month", 8, UnitPeriod(3, "month")),
    ("2024-02-29", "2025-02-28", "1 year", 4, YEAR),
    ("2024-01-01", "2026-01-01", "2 year", 4, YEAR),  # a year at most
]


@pytest.mark.parametrize(("lent_on", "first", "every", "count", "expected"), RUNS)
def test_the_unit_period_is_found_in_the_dates(lent_on, first, every, count, expected):
    row = {"on": first, "amount": "10.00", "every": every, "count": count}
    read = parse_flows({"method": "us", "advances": [{"on": lent_on, "amount": "50.00"}], "payments": [row]})
    assert find_unit_period(read.flows.on[:1], read.flows.on[1:]) == expected


def test_payments_of_the_29th_to_31st_use_the_last_of_february():
    # Appendix J (b)(3)(iv), for each day of lending from which they are whole months.
    for last_day in (29, 30, 31):
        payments = [(2023, 2, 28), (2023, 3, last_day), (2023, 4, min(last_day, 30)), (2023, 5, last_day)]
        rows = [(day(2023, 1, last_day), -400), *((day(*one), 101) for one in payments)]
        monthly = by_bisection([(k, Decimal(0), Decimal(amount)) for k, (_, amount) in enumerate(rows)])
        assert rate_of_one(flows_of_one(rows), "us").apr == pytest.approx(12 * monthly, rel=1e-11)


def test_of_two_common_periods_as_frequent_the_shorter_is_the_unit():
    # Appendix J (b)(4)(i)(A)
    payments = [months_on(k) for k in (1, 2, 5, 8)]
    assert find_unit_period(np.array([months_on(0)]), np.array(payments)) == MONTH


def test_without_a_common_period_the_average_is_rounded_to_a_standard_interval():
    # Appendix J (b)(4)(i)(B): 1, 3 and 5 months; 20, 41 and 19 days, nearest to 4 weeks; 3, 11 and 9 days, to 1 week
    assert find_unit_period(np.array([months_on(0)]), np.array([months_on(k) for k in (1, 4, 9)])) == UnitPeriod(
        3, "month"
    )
    assert find_unit_period(np.array([0]), np.array([20, 61, 80])) == UnitPeriod(4, "week")
    assert find_unit_period(np.array([0]), np.array([3, 14, 23])) == WEEK


def test_half_months_run_on_two_days_of_the_month():
    def first_days(on):
        row = {"on": on, "amount": "10.00", "every": "half month", "count": 4}
        read = parse_flows({"method": "us", "advances": [{"on": "2023-01-01", "amount": "5.00"}], "payments": [row]})
        return [dates.date(found).isoformat()[5:] for found in read.flows.on[1:]]

    assert first_days("2023-02-01") == ["02-01", "02-16", "03-01", "03-16"]
    assert first_days("2023-02-16") == ["02-16", "03-01", "03-16", "04-01"]
    assert first_days("2023-01-15") == ["01-15", "01-30", "02-15", "02-28"]
    assert first_days("2023-01-31") == ["01-31", "02-15", "02-28", "03-15"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 month", MONTH),
        ("month", MONTH),
        ("2 weeks", UnitPeriod(2, "week")),
        ("half month", HALF_MONTH),
        ("1 year", YEAR),
    ],
)
def test_how_a_period_is_written(text, expected):
    assert parse_unit_period(text, "") == expected


# Contracts and caps


CONTRACT = {
    "currency": "CNY",
    "principal": "10000.00",
    "disbursed_on": "2024-01-31",
    "annual_rate": "0.12",
    "method": "equal_installment",
    "installments": 12,
}


@pytest.mark.parametrize("method", ["equal_installment", "equal_principal", "interest_only"])
def test_a_monthly_contract_without_fees_costs_its_rate(method):
    contract = CONTRACT | {"method": method, "disbursed_on": "2024-01-15"}
    found = {name: float(rate) for name, rate in schedule_json(contract)["apr"].items()}
    assert found["cn"] == pytest.approx(0.12, abs=2e-5)
    assert found["us"] == pytest.approx(0.12, abs=2e-5)
    assert found["eu"] == pytest.approx(1.01**12 - 1, abs=2e-5)


@pytest.mark.parametrize("month_end", ["clamp", "roll"])
def test_what_a_short_month_does_to_a_due_date_changes_no_rate(month_end):
    rows = schedule_json(CONTRACT | {"conventions": {"month_end": month_end}})
    totals = [int(one["total"].replace(".", "")) for one in rows["installments"]]
    flows = [(k, Decimal(0), Decimal(amount)) for k, amount in enumerate([-10_000_00, *totals])]
    assert float(rows["apr"]["cn"]) == pytest.approx(12 * by_bisection(flows), abs=1e-8)
    assert rows["apr"]["us"] == rows["apr"]["cn"]


@pytest.mark.parametrize("first_due_on", [None, "2024-02-10", "2024-03-20"])
def test_the_contract_and_its_flows_have_the_same_rates(first_due_on):
    rows = schedule_json(CONTRACT | {"first_due_on": first_due_on})
    payments = [{"on": one["due_on"], "amount": one["total"]} for one in rows["installments"]]
    for method, rate in rows["apr"].items():
        document = {"method": method, "advances": [{"on": "2024-01-31", "amount": "10000.00"}], "payments": payments}
        assert apr_json(document)["apr"] == rate


def test_what_is_withheld_at_disbursement_is_not_lent():
    contract = parse_contract(CONTRACT)
    rows = schedule(contract)
    less = flows_of_one(
        [(dates.days(contract.disbursed_on), -9_700_00)] + [(dates.days(one.due_on), one.total) for one in rows]
    )
    found = annual_percentage_rates(contract, rows, withheld=300_00)
    assert found == {method: rate_of_one(less, method).apr for method in ("cn", "us", "eu")}
    assert found["cn"] > annual_percentage_rates(contract, rows)["cn"] + 0.05
    with pytest.raises(InputError, match="no rate"):
        annual_percentage_rates(contract, rows, withheld=contract.principal)


def test_the_all_in_cost_is_held_against_a_cap():
    contract = parse_contract(CONTRACT | {"annual_rate": "0.18"})
    rows = schedule(contract)
    plain, dear = contract_flows(contract, rows), contract_flows(contract, rows, withheld=400_00)
    assert not all_in_cost(plain, 240_000).above_cap
    cost = all_in_cost(dear, 240_000)
    assert cost.above_cap
    assert cost.apr == pytest.approx(rate_of_one(dear, "cn").apr)
    # The interest of a bullet of a year is exact, so at the cap is not above it.
    at = flows_of_one([(months_on(0), -1_000_000), (months_on(1), 1_020_000)])
    assert all_in_cost(at, 240_000).apr == pytest.approx(0.24)
    assert not all_in_cost(at, 240_000).above_cap
    assert all_in_cost(at, 239_999).above_cap
    assert above_cap(np.array([0.24, 0.2400006, 0.36]), 240_000).tolist() == [False, True, True]


# What is refused, and where


ADVANCE = {"on": "2024-01-01", "amount": "1000.00"}
PAYMENT = {"on": "2024-02-01", "amount": "90.00", "every": "1 month", "count": 12}
GOOD = {"method": "us", "advances": [ADVANCE], "payments": [PAYMENT]}
WRONG = [
    ([], ""),
    ({}, "/method"),
    (GOOD | {"method": "uk"}, "/method"),
    (GOOD | {"method": ["us"]}, "/method"),
    (GOOD | {"colour": "red"}, "/colour"),
    (GOOD | {"currency": "ZZZ"}, "/currency"),
    (GOOD | {"unit_period": "fortnight"}, "/unit_period"),
    (GOOD | {"unit_period": "0 month"}, "/unit_period"),
    (GOOD | {"unit_period": "2 half month"}, "/unit_period"),
    (GOOD | {"unit_period": 1}, "/unit_period"),
    (GOOD | {"unit_period": "13 month"}, "/unit_period"),
    ({"method": "us", "payments": [PAYMENT]}, "/advances"),
    (GOOD | {"advances": []}, "/advances"),
    (GOOD | {"advances": ADVANCE}, "/advances"),
    (GOOD | {"advances": [ADVANCE | {"amount": "0"}]}, "/advances"),
    (GOOD | {"payments": []}, "/payments"),
    (GOOD | {"payments": [PAYMENT | {"amount": "0.00"}]}, "/payments"),
    (GOOD | {"payments": ["1"]}, "/payments/0"),
    (GOOD | {"payments": [PAYMENT, {"on": "2024-02-01"}]}, "/payments/1/amount"),
    (GOOD | {"payments": [{"amount": "1.00"}]}, "/payments/0/on"),
    (GOOD | {"payments": [PAYMENT | {"on": "2024-02-30"}]}, "/payments/0/on"),
    (GOOD | {"payments": [PAYMENT | {"on": "2023-12-31"}]}, "/payments/0/on"),
    (GOOD | {"payments": [PAYMENT | {"amount": "-1.00"}]}, "/payments/0/amount"),
    (GOOD | {"payments": [PAYMENT | {"amount": 1.5}]}, "/payments/0/amount"),
    (GOOD | {"payments": [PAYMENT | {"amount": "0.001"}]}, "/payments/0/amount"),
    (GOOD | {"payments": [PAYMENT | {"amount": "NaN"}]}, "/payments/0/amount"),
    (GOOD | {"payments": [PAYMENT | {"amount": "1e30"}]}, "/payments/0/amount"),
    (GOOD | {"payments": [PAYMENT | {"rate": "1"}]}, "/payments/0/rate"),
    (GOOD | {"payments": [PAYMENT | {"every": "soon"}]}, "/payments/0/every"),
    (GOOD | {"payments": [PAYMENT | {"every": None}]}, "/payments/0/every"),
    (GOOD | {"payments": [PAYMENT | {"count": None}]}, "/payments/0/count"),
    (GOOD | {"payments": [PAYMENT | {"count": 0}]}, "/payments/0/count"),
    (GOOD | {"payments": [PAYMENT | {"count": True}]}, "/payments/0/count"),
    (GOOD | {"payments": [PAYMENT | {"count": 1.0}]}, "/payments/0/count"),
    (GOOD | {"payments": [PAYMENT | {"count": 2200}]}, "/payments/0/count"),  # past the year 2200
    (GOOD | {"payments": [PAYMENT | {"count": 6000, "every": "1 day"}] * 2}, "/payments/1"),
    (GOOD | {"payments": [{"on": "2024-01-01", "amount": "1000.00"}]}, ""),  # all paid back on the day
]


@pytest.mark.parametrize(("document", "where"), WRONG)
def test_wrong_input_is_refused_where_it_is_wrong(document, where):
    with pytest.raises(InputError) as refused:
        apr_json(document)
    assert refused.value.where == where


def test_more_than_one_rate_is_refused_and_one_among_turning_flows_is_found():
    # -100, +230, -132: worth nothing at 10% and at 20% a period. -100, +70, -20, +90: at one rate.
    def of(*flows):
        return flows_of_one([(months_on(12 * k), amount) for k, amount in enumerate(flows)])

    with pytest.raises(InputError, match="2 rates"):
        rate_of_one(of(-100, 230, -132), "eu")
    with pytest.raises(InputError, match="no rate"):
        rate_of_one(of(-100, 150, -100), "eu")
    with pytest.raises(InputError, match="no rate"):
        rate_of_one(flows_of_one([(0, -100), (0, 150), (365, -60)]), "eu", MONTH)  # the borrower lends
    found = rate_of_one(of(-100, 70, -20, 90), "eu").apr
    assert -100 + 70 / (1 + found) - 20 / (1 + found) ** 2 + 90 / (1 + found) ** 3 == pytest.approx(0, abs=1e-9)


def test_dear_loans_for_a_day_have_a_rate_too():
    # 10% for one day is 1.1^365 - 1 a year.
    document = GOOD | {"method": "eu", "payments": [{"on": "2024-01-02", "amount": "1100.00"}]}
    assert float(apr_json(document)["apr"]) == pytest.approx(1.1**365 - 1, rel=1e-9)


def test_the_command_reads_a_file_and_refuses_wrong_input(tmp_path):
    file = tmp_path / "flows.json"
    file.write_text(json.dumps(GOOD))
    done = CliRunner().invoke(app, ["apr", str(file)])
    assert (done.exit_code, json.loads(done.stdout)) == (0, apr_json(GOOD))
    refused = CliRunner().invoke(app, ["apr"], input=json.dumps(GOOD | {"method": "uk"}))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert json.loads(refused.stderr)["where"] == "/method"


def test_the_page_about_rates_says_what_is_so():
    page = Path(__file__).parents[2] / "docs" / "engine" / "rates.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried > 5
    assert failed == 0


def test_the_currency_gives_the_decimals():
    document = GOOD | {
        "currency": "JPY",
        "advances": [ADVANCE | {"amount": "1000"}],
        "payments": [PAYMENT | {"amount": "90"}],
    }
    assert apr_json(document)["finance_charge"] == "80"
