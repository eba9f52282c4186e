"""Contracts as JSON, at their edges: the last that is taken, the first that is refused, how each is read."""

import datetime

import pytest
from small_contract import CONTRACT, read, where

from duly.engine.calendars import check_holidays
from duly.engine.contract import parse_contract
from duly.engine.dates import parse_date
from duly.engine.facts import parse_instant
from duly.engine.reading import period
from duly.engine.terms import Terms, parse_terms

NO_LIMITS = Terms("EUR")


# Terms


def test_terms_that_say_nothing_have_the_documented_defaults():
    assert parse_terms({"currency": "EUR", "method": "equal_installment"}) == NO_LIMITS


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        ({"method": "open"}, {"method": "open", "interest": "daily"}),
        ({"interest": "daily"}, {"interest": "daily"}),
        ({"every": "2 weeks"}, {"every": 2, "unit": "week"}),
        ({"every": "9999 day"}, {"every": 9999, "unit": "day"}),
        ({"grace": {"principal": 2, "interest": 1}}, {"grace_principal": 2, "grace_interest": 1}),
        ({"grace": {"principal": 599, "interest": 599}}, {"grace_principal": 599, "grace_interest": 599}),
        (
            {"grace": {"principal": 1, "interest": 2, "interest_is": "capitalised"}},
            {"grace_principal": 2, "grace_interest": 2, "grace_interest_is": "capitalised"},
        ),
        (
            {"grace": {"principal": 3, "interest": 2, "interest_is": "capitalised"}},
            {"grace_principal": 3, "grace_interest": 2, "grace_interest_is": "capitalised"},
        ),
        ({"step_up": {"every": 1, "rate": "0.05"}}, {"step_up_every": 1, "step_up_rate": 50_000}),
        ({"step_up": {"every": 600, "rate": "0"}}, {"step_up_every": 600}),
        (
            {"rounding": {"mode": "up", "installment_to": "0.05"}},
            {"rounding": "up", "installment_to": 5},
        ),
        ({"holidays": ["2024-05-02"], "holiday_rule": "preceding"},
         {"holidays": ("2024-05-02",), "holiday_rule": "preceding"}),
        (
            {"penalty": {"annual_rate": "0.2", "on": "installment", "grace_days": 366, "day_count": "act/act"}},
            {"penalty_rate": 200_000, "penalty_on": "installment", "penalty_grace_days": 366,
             "penalty_day_count": "act/act"},
        ),
        (
            {"penalty": {"grace_counts_from": "end_of_grace", "compounds_every": "3 month"}},
            {"penalty_grace_counts_from": "end_of_grace"},
        ),
        ({"penalty": {"compound": True}}, {"penalty_compounds_every": 1}),
        ({"penalty": {"compound": True, "compounds_every": "3 month"}}, {"penalty_compounds_every": 3}),
        ({"penalty": {"instead_of_interest": True}}, {"penalty_instead_of_interest": True}),
        ({"penalty": {"cap": {"amount": "50.00"}}}, {"penalty_cap": 5000}),
        ({"penalty": {"cap": {"of_principal": "0.5"}}}, {"penalty_cap_of_principal": 500_000}),
        ({"cost_cap": {"of_principal": "1"}}, {"cost_cap_of_principal": 1_000_000}),
        ({"cost_cap": {"annual_rate": "0.24"}}, {"cost_cap_annual_rate": 240_000}),
        (
            {"cost_cap": {"annual_rate": "0.24", "of_principal": "1"}},
            {"cost_cap_annual_rate": 240_000, "cost_cap_of_principal": 1_000_000},
        ),
        ({"late_fee": {"amount": "5.00"}}, {"late_fee": 500}),
        ({"late_fee": {"amount": "5.00", "after_days": 3660}}, {"late_fee": 500, "late_fee_after_days": 3660}),
        (
            {"allocation": {"order": ["principal", "interest", "fee", "penalty"], "by": "component"}},
            {"allocation_order": ("principal", "interest", "fee", "penalty"), "allocation_by": "component"},
        ),
        ({"allocation": {"after_days_past_due": {"days": 1}}}, {"late_allocation_after": 1}),
        (
            {"allocation": {"after_days_past_due": {
                "days": 36600, "by": "component", "order": ["fee", "penalty", "interest", "principal"]}}},
            {"late_allocation_after": 36600, "late_allocation_by": "component",
             "late_allocation_order": ("fee", "penalty", "interest", "principal")},
        ),
        ({"prepayment": {"reduces": "installment", "fee_rate": "0.01"}},
         {"prepayment_reduces": "installment", "prepayment_fee_rate": 10_000}),
        ({"non_accrual_after_days": 0}, {"non_accrual_after_days": 0}),
        ({"non_accrual_after_days": 100_000}, {"non_accrual_after_days": 100_000}),
        ({"tolerance": "0.10"}, {"tolerance": 10}),
        ({"margin": "0.03"}, {"margin": 30_000}),
        ({"cooling_off_days": 0}, {"cooling_off_days": 0}),
        ({"cooling_off_days": 3660}, {"cooling_off_days": 3660}),
        (
            {"conventions": {
                "days": "(start,end]", "month_end": "roll", "part_month": "actual", "split_rounding": "sum",
                "last_installment": "smooth", "dpd_on_due_day": 1, "payoff_interest": "to_next_due",
                "broken_period": "upfront"}},
            {"days": "(start,end]", "month_end": "roll", "part_month": "actual", "split_rounding": "sum",
             "last_installment": "smooth", "dpd_on_due_day": 1, "payoff_interest": "to_next_due",
             "broken_period": "upfront"},
        ),
    ],
)  # fmt: skip
def test_terms_are_read_as_they_are_written(given, read_as):
    found = parse_terms({"currency": "EUR", "method": "equal_installment"} | given)
    wanted = {name: read_as.get(name, getattr(NO_LIMITS, name)) for name in Terms.__dataclass_fields__}
    assert {name: getattr(found, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"grace": {"principal": 600}}, "/grace/principal"),
        ({"grace": {"interest": 600}}, "/grace/interest"),
        ({"grace": {"interest": -1}}, "/grace/interest"),
        ({"grace": {"principal": 1}, "method": "bullet"}, "/grace"),
        ({"grace": {"interest": 1}, "method": "open"}, "/grace"),
        ({"grace": {"interest_is": "lost"}}, "/grace/interest_is"),
        ({"step_up": {"every": 0, "rate": "0.05"}}, "/step_up/every"),
        ({"step_up": {"every": 601, "rate": "0.05"}}, "/step_up/every"),
        ({"step_up": {"every": 1, "rate": "-0.05"}}, "/step_up/rate"),
        ({"step_up": {"every": 1}}, "/step_up"),
        ({"step_up": {"every": 1, "rate": "0", "colour": "red"}}, "/step_up/colour"),
        ({"step_up": {"every": 1, "rate": "0"}, "method": "bullet"}, "/step_up"),
        ({"step_up": []}, "/step_up"),
        ({"penalty": {"cap": {}}}, "/penalty/cap"),
        ({"penalty": {"cap": {"amount": "1", "of_principal": "1"}}}, "/penalty/cap"),
        ({"penalty": {"cap": {"amount": "-1"}}}, "/penalty/cap/amount"),
        ({"penalty": {"cap": {"of_principal": "101"}}}, "/penalty/cap/of_principal"),
        ({"penalty": {"grace_days": 367}}, "/penalty/grace_days"),
        ({"penalty": {"compound": 1}}, "/penalty/compound"),
        ({"penalty": {"compounds_every": "2 month"}}, "/penalty/compounds_every"),
        ({"cost_cap": {}}, "/cost_cap"),
        ({"cost_cap": {"of_principal": "101"}}, "/cost_cap/of_principal"),
        ({"cost_cap": {"annual_rate": "101"}}, "/cost_cap/annual_rate"),
        ({"cost_cap": {"amount": "1"}}, "/cost_cap/amount"),
        ({"late_fee": {"after_days": 1}}, "/late_fee"),
        ({"late_fee": {"amount": "-1"}}, "/late_fee/amount"),
        ({"late_fee": {"amount": "1", "after_days": 0}}, "/late_fee/after_days"),
        ({"late_fee": {"amount": "1", "after_days": 3661}}, "/late_fee/after_days"),
        ({"allocation": {"order": "penalty"}}, "/allocation/order"),
        ({"allocation": {"by": "row"}}, "/allocation/by"),
        ({"allocation": {"after_days_past_due": {}}}, "/allocation/after_days_past_due"),
        ({"allocation": {"after_days_past_due": {"days": 0}}}, "/allocation/after_days_past_due/days"),
        ({"allocation": {"after_days_past_due": {"days": 36601}}}, "/allocation/after_days_past_due/days"),
        ({"allocation": {"after_days_past_due": {"days": 1, "by": "row"}}}, "/allocation/after_days_past_due/by"),
        ({"allocation": {"after_days_past_due": {"days": 1, "order": []}}}, "/allocation/after_days_past_due/order"),
        ({"prepayment": {"fee_rate": "101"}}, "/prepayment/fee_rate"),
        ({"prepayment": {"reduces": "both"}}, "/prepayment/reduces"),
        ({"non_accrual_after_days": -1}, "/non_accrual_after_days"),
        ({"non_accrual_after_days": 100_001}, "/non_accrual_after_days"),
        ({"tolerance": "-0.01"}, "/tolerance"),
        ({"margin": "101"}, "/margin"),
        ({"cooling_off_days": -1}, "/cooling_off_days"),
        ({"cooling_off_days": 3661}, "/cooling_off_days"),
        ({"holidays": "CN"}, "/holidays"),
        ({"holidays": ["CN", "XX"]}, "/holidays/1"),
        ({"holidays": ["2024-02-30"]}, "/holidays/0"),
        ({"holidays": [1]}, "/holidays/0"),
        ({"principal": "1.00"}, "/principal"),
        ({"first_due_on": "2024-01-01"}, "/first_due_on"),
    ],
)
def test_terms_that_cannot_be_are_refused_where_they_are_wrong(given, pointer):
    assert where(parse_terms, {"currency": "EUR", "method": "equal_installment"} | given) == pointer


def test_a_product_may_name_the_figures_of_a_loan_itself():
    terms = {"currency": "EUR", "method": "bullet"}
    assert where(parse_terms, terms | {"limit": "1"}, own_fields=("limit",)) == "/limit"
    assert where(parse_terms, []) == ""


def test_periods_are_a_number_and_a_unit():
    assert [period(text, "/x") for text in ("1 month", "30 days", "52 weeks")] == [
        (1, "month"), (30, "day"), (52, "week"),
    ]  # fmt: skip
    for text in ("", "month", "01 month", "10000 day", "1  month", "1 year", "1 month ", None, 1):
        assert where(period, text, "/x") == "/x"


def test_holidays_are_dates_and_countries():
    assert check_holidays(["CN", "2024-05-02", "DE"], "/h") == ("CN", "2024-05-02", "DE")
    assert check_holidays([], "/h") == ()
    assert where(check_holidays, ["DEU"], "/h") == "/h/0"
    assert where(check_holidays, ["DE", None], "/h") == "/h/1"
    assert where(check_holidays, ["DE", "1899-12-31"], "/h") == "/h/1"


def test_dates_are_of_the_years_1900_to_2200():
    assert parse_date("1900-01-01", "/x") == datetime.date(1900, 1, 1)
    assert parse_date("2200-12-31", "/x") == datetime.date(2200, 12, 31)
    for text in ("1899-12-31", "2201-01-01", "20240101", "2024-1-1", "2023-02-29", None, 20240101):
        assert where(parse_date, text, "/x") == "/x"


def test_instants_state_their_offset():
    assert parse_instant("2024-01-31T09:30:00Z", "/x") == datetime.datetime(2024, 1, 31, 9, 30, tzinfo=datetime.UTC)
    for text in ("2024-01-31T09:30:00", "2024-01-31", "soon", None, 5):
        assert where(parse_instant, text, "/x") == "/x"


# Contracts


def test_the_figures_of_a_contract():
    fees = [
        {"name": "service", "on": "installments", "amount": "1.00"},
        {"on": "installments", "amount": "2.00"},
        {"on": "disbursement", "amount": "40.00"},
        {"on": "disbursement", "amount": "60.00"},
        {"on": "2024-01-01", "amount": "0.50"},
        {"on": "2024-03-01", "amount": "0"},
        {"on": "2024-03-01", "amount": "7"},
    ]
    one = read(fees=fees, balloon="99.99", first_due_on="2024-01-02")
    assert (one.principal, one.annual_rate, one.installments, one.balloon) == (100_00, 70_000, 6, 99_99)
    assert (one.disbursed_on, one.first_due_on) == (datetime.date(2024, 1, 1), datetime.date(2024, 1, 2))
    assert (one.service_fee, one.upfront_fee) == (3_00, 100_00)
    assert one.dated_fees == ((datetime.date(2024, 1, 1), 50), (datetime.date(2024, 3, 1), 7_00))
    assert read().balloon == 0


@pytest.mark.parametrize(
    ("every", "month_end", "first"),
    [("1 month", "clamp", "2024-02-29"), ("1 month", "roll", "2024-03-01"), ("2 week", "clamp", "2024-02-14"),
     ("10 day", "clamp", "2024-02-10"), ("13 month", "clamp", "2025-02-28")],
)  # fmt: skip
def test_the_first_due_date_is_one_period_after_disbursement(every, month_end, first):
    one = read(disbursed_on="2024-01-31", every=every, conventions={"month_end": month_end})
    assert one.first_due_on.isoformat() == first


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"fees": [{"on": "disbursement", "amount": "100.01"}]}, "/fees"),
        ({"fees": [{"on": "2023-12-31", "amount": "1.00"}]}, "/fees/0/on"),
        ({"fees": [{"on": "someday", "amount": "1.00"}]}, "/fees/0/on"),
        ({"fees": [{"on": "installments", "amount": "1.00"}, {"on": "installments", "amount": "x"}]}, "/fees/1/amount"),
        ({"fees": [{"on": "installments"}]}, "/fees/0"),
        ({"fees": [{"on": "installments", "amount": "1", "colour": "red"}]}, "/fees/0/colour"),
        ({"fees": [1]}, "/fees/0"),
        ({"fees": [{"on": "installments", "amount": "100000000000"}, {"on": "installments", "amount": "0.01"}]},
         "/fees"),
        ({"balloon": "100.00"}, "/balloon"),
        ({"balloon": "-1"}, "/balloon"),
        ({"balloon": "1.00", "method": "bullet"}, "/balloon"),
        ({"grace": {"principal": 6}}, "/grace/principal"),
        ({"grace": {"interest": 6}}, "/grace/interest"),
        ({"first_due_on": "2023-12-31"}, "/first_due_on"),
        ({"first_due_on": "2024-1-31"}, "/first_due_on"),
    ],
)  # fmt: skip
def test_a_contract_that_cannot_be(change, pointer):
    assert where(parse_contract, CONTRACT | change) == pointer


def test_grace_leaves_one_installment_and_large_fees_may_be_as_large_as_money_goes():
    assert read(grace={"principal": 5, "interest": 5}).terms.grace_principal == 5
    largest = {"principal": "100000000000", "fees": [{"on": "installments", "amount": "100000000000"}]}
    assert read(**largest).service_fee == 10**13


@pytest.mark.parametrize(
    ("every", "length", "first"), [("365 day", 365, 365), ("52 week", 364, 364), ("12 month", 372, 366)]
)
def test_no_schedule_may_run_past_the_year_2599(every, length, first):
    # 2024-01-01 to 2599-12-31 are 210,380 days; a month counts 31 of them, and the first due date is one period on.
    most = (210_380 - first) // length
    assert read(every=every, installments=most).installments == most
    assert where(parse_contract, CONTRACT | {"every": every, "installments": most + 1}) == "/installments"
