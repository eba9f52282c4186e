"""What holds for every loan, whatever happened to it; and for money, dates and schedules, whatever they are."""

import datetime
import itertools
import random
from dataclasses import replace
from fractions import Fraction

import pytest
import reference
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from in_columns import facts_of, fold_cases, position_of, reordered, with_fact, without
from random_loans import Case, random_case, random_contract
from reference import Event, Loan

from duly.engine import dates, money
from duly.engine.columns import pack_contracts
from duly.engine.contract import parse_contract
from duly.engine.fold import STATUS, fold, fold_one
from duly.engine.schedule import schedule

SEEDS = st.integers(0, 2**32)
CASES = SEEDS.map(lambda seed: random_case(random.Random(seed)))
OPEN, SETTLED = STATUS["open"], STATUS["settled"]
loans = settings(max_examples=150, deadline=None)
DAY = datetime.timedelta(days=1)


# Identities


@loans
@given(CASES)
def test_every_cent_is_accounted_for(case):
    one = position_of(case)
    assert one["disbursed"] == sum(
        one[f"principal_{what}"] for what in ("received", "outstanding", "waived", "written_off")
    )
    for component in ("penalty", "fee"):
        receivable = one[f"{component}_outstanding" if component == "penalty" else f"{component}_due"]
        gone = sum(one[f"{component}_{what}"] for what in ("received", "waived", "written_off"))
        assert one[f"{component}_earned"] + one.get(f"{component}_suspended", 0) == gone + receivable
    earned = one["interest_earned"] + one["interest_suspended"]
    settled = one["interest_received"] + one["interest_waived"] + one["interest_written_off"]
    in_advance = max(0, settled - earned)
    assert earned == settled + one["interest_due"] + one["accrued_interest"] - in_advance
    received = sum(one[f"{component}_received"] for component in reference.COMPONENTS)
    assert one["received"] == received + one["credit_balance"]
    assert one["payoff"] >= 0


@loans
@given(CASES)
def test_the_rows_of_one_loan_add_up_to_its_position(case):
    contracts = pack_contracts([parse_contract(case.contract)])
    positions, rows = fold_one(contracts, facts_of([case]), dates.days(case.as_of))
    one = {name: int(column[0]) for name, column in positions._asdict().items()}
    assert one == position_of(case)
    if one["status"]:
        assert one["received"] == int(rows["paid"].sum()) + one["credit_balance"]
        for component in reference.COMPONENTS:
            assert one[f"{component}_outstanding"] == int(rows[f"{component}_left"].sum())
    if one["status"] == OPEN:
        assert (rows["principal_left"] >= 0).all()
        assert (rows["interest_left"] >= 0).all()


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_a_loan_folded_alone_is_its_row_among_many(seed):
    chance = random.Random(seed)
    many = [random_case(chance) for _ in range(40)]
    together = fold_cases(many, many[0].as_of)
    for row, case in enumerate(many):
        alone = position_of(replace(case, as_of=many[0].as_of))
        assert alone == {name: int(column[row]) for name, column in together._asdict().items()}


# Order, backdating, reversal


@loans
@given(CASES, SEEDS)
def test_facts_of_different_days_may_be_recorded_in_any_order(case, seed):
    places = list(range(len(case.events)))
    random.Random(seed).shuffle(places)
    of_day = {day: iter(sorted(p for p in places if case.events[p].on == day)) for day in {e.on for e in case.events}}
    shuffled = [next(of_day[case.events[place].on]) for place in places]
    assert position_of(reordered(case, shuffled)) == position_of(case)


@loans
@given(CASES, st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 400))
def test_two_payments_of_one_day_are_one_payment_in_either_order(case, first, second, days):
    day = datetime.date.fromisoformat(case.contract["disbursed_on"]) + days * DAY
    one, other = Event("paid", day, first), Event("paid", day, second)
    together = position_of(with_fact(case, Event("paid", day, first + second)))
    assert position_of(with_fact(with_fact(case, one), other)) == together
    assert position_of(with_fact(with_fact(case, other), one)) == together


@loans
@given(CASES, st.sampled_from(["paid", "waived", "written_off"]), st.integers(1, 10**6), st.integers(0, 400), SEEDS)
def test_what_is_reversed_never_happened_once_the_day_of_the_reversal_has_come(case, kind, amount, days, seed):
    start = datetime.date.fromisoformat(case.contract["disbursed_on"])
    component = "interest" if kind == "waived" else ""
    event = Event(kind, start + days * DAY, 0 if kind == "written_off" else amount, component)
    reversal = Event("reversed", event.on + seed % 60 * DAY, reverses=len(case.events))
    story = with_fact(with_fact(case, event), reversal)
    after = replace(story, as_of=max(case.as_of, reversal.on))
    assert position_of(after) == position_of(without(after, len(case.events), len(case.events) + 1))
    before = replace(story, as_of=reversal.on - DAY)
    assert position_of(before) == position_of(without(before, len(case.events) + 1))


@loans
@given(CASES)
def test_what_comes_later_changes_nothing_today(case):
    later = Event("paid", case.as_of + DAY, 100_00)
    assert position_of(with_fact(case, later)) == position_of(case)


# Payoff and time


@settings(max_examples=300, deadline=None)
@given(CASES)
def test_the_payoff_settles_and_a_cent_less_does_not(case):
    before = position_of(case)
    assume(before["status"] == OPEN and before["payoff"] > 1)
    after = position_of(with_fact(case, Event("paid", case.as_of, before["payoff"])))
    assert after["status"] == SETTLED
    assert after["settled_on"] == dates.days(case.as_of)
    assert after["credit_balance"] == before["credit_balance"]
    assert after["payoff"] == after["days_past_due"] == 0
    assert not any(after[f"{component}_outstanding"] for component in reference.COMPONENTS)
    short = position_of(with_fact(case, Event("paid", case.as_of, before["payoff"] - 1)))
    assert (short["status"], short["payoff"]) == (OPEN, 1)


def test_interest_paid_ahead_counts_towards_the_payoff():
    contract = {
        "currency": "EUR",
        "principal": "1000.00",
        "disbursed_on": "2024-01-01",
        "annual_rate": "0.24",
        "method": "interest_only",
        "installments": 12,
    }
    day = datetime.date(2024, 1, 1)
    paid = [Event("disbursed", day, 1000_00), Event("paid", day, 100_00), Event("paid", day, 900_00)]
    assert position_of(Case(contract, paid[:2], day))["payoff"] == 900_00
    assert position_of(Case(contract, paid, day))["status"] == SETTLED


@loans
@given(CASES, st.integers(1, 40))
def test_with_nothing_new_on_record_time_only_adds(case, days):
    case = replace(case, events=[event for event in case.events if event.reverses is None])
    case = replace(case, as_of=max([case.as_of, *(event.on for event in case.events)]))
    today, later = position_of(case), position_of(replace(case, as_of=case.as_of + days * DAY))
    assert later["status"] == today["status"]
    for name in ("fee_earned", "principal_due", "principal_overdue", "payoff"):
        assert later[name] >= today[name], name
    for component in ("interest", "penalty"):
        before = today[f"{component}_earned"] + today[f"{component}_suspended"]
        assert later[f"{component}_earned"] + later[f"{component}_suspended"] >= before, component
    if today["days_past_due"]:
        assert later["days_past_due"] == today["days_past_due"] + days


# Schedules


@loans
@given(SEEDS.map(lambda seed: random_contract(random.Random(seed))))
def test_a_schedule_repays_the_principal_by_dates_that_rise(document):
    contract = parse_contract(document)
    installments = schedule(contract)
    assert sum(one.principal for one in installments) == contract.principal
    assert sum(one.fee for one in installments) == contract.service_fee
    assert installments[-1].balance_after == 0
    due = [one.due_on for one in installments]
    assert due == sorted(set(due))
    assert due[0] > contract.disbursed_on
    assert all(min(one.principal, one.interest, one.fee) >= 0 for one in installments)
    wanted = [(row.due_on, row.principal, row.interest, row.fee) for row in Loan(document).rows]
    assert [(one.due_on, one.principal, one.interest, one.fee) for one in installments] == wanted


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, money.MAX_MONEY),
    st.integers(0, money.MAX_RATE),
    st.sampled_from([1, 2, 7, 60, 360, 600]),
    st.sampled_from(list(money.ROUNDING)),
    st.sampled_from(["1 day", "2 week", "1 month"]),
)
def test_the_level_installment_is_exact_to_the_largest_loan_and_rate(principal, rate, count, mode, every):
    document = {
        "currency": "EUR",
        "principal": money.format_money(principal, 2),
        "disbursed_on": "2024-01-31",
        "annual_rate": money.format_rate(rate),
        "method": "equal_installment",
        "installments": count,
        "every": every,
        "rounding": {"mode": mode},
    }
    packed = pack_contracts([parse_contract(document)])
    growth = [1 + Fraction(rate, 10**6) * part for part in _periods(document)]
    payment = reference.rounded(_annuity(principal, growth), mode)
    assert int(packed.installment_amount[0]) == payment


def _periods(document):
    start = datetime.date.fromisoformat(document["disbursed_on"])
    due = [reference.moved(start, number, document["every"], "clamp") for number in range(document["installments"] + 1)]
    return [reference.year_part(first, last, "30/360") for first, last in itertools.pairwise(due)]


def _annuity(principal, growth):
    # Solve for the payment that brings the balance, grown and paid down period by period, to zero. In whole numbers
    # over one common denominator: fractions would be reduced at every step.
    grown, paid, scale = principal, 0, 1
    for factor in growth:
        grown *= factor.numerator
        paid = paid * factor.numerator + scale * factor.denominator
        scale *= factor.denominator
    return Fraction(grown, paid)


# Money and dates


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(1, 2**61 - 1), st.sampled_from(list(money.ROUNDING)))
def test_a_product_divided_is_rounded_once_and_never_overflows(amount, factor, divisor, mode):
    wanted = reference.rounded(Fraction(amount * factor, divisor), mode)
    assume(wanted < 2**63)
    assert money.multiply_divide(amount, factor, divisor, money.ROUNDING[mode]) == wanted


@given(st.integers(0, 200), st.integers(0, 60), st.integers(1, 200), st.sampled_from(list(money.ROUNDING)))
def test_ties_are_rounded_as_their_mode_says(amount, factor, divisor, mode):
    wanted = reference.rounded(Fraction(amount * factor, divisor), mode)
    assert money.multiply_divide(amount, factor, divisor, money.ROUNDING[mode]) == wanted


@given(st.integers(0, money.MAX_MONEY), st.sampled_from([0, 2, 3]))
def test_money_comes_back_as_it_was_written(minor, decimals):
    assert money.parse_money(money.format_money(minor, decimals), decimals, "") == minor


@given(st.integers(0, money.MAX_RATE))
def test_a_rate_comes_back_as_it_was_written(millionths):
    assert money.parse_rate(money.format_rate(millionths), "") == millionths


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31)))
def test_a_date_comes_back_as_it_was_written(day):
    assert dates.parse_date(day.isoformat(), "") == day
    assert dates.date(dates.days(day)) == day
    month, of_month = dates.to_month(dates.days(day))
    assert (int(month), int(of_month)) == (day.year * 12 + day.month - 1, day.day)


@given(
    st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31)),
    st.integers(0, 600),
    st.sampled_from(["1 month", "3 month", "1 week", "10 day"]),
    st.sampled_from(list(dates.MONTH_END)),
)
def test_periods_are_added_as_the_calendar_has_them(day, periods, every, month_end):
    number, unit = every.split()
    found = dates.add_periods(dates.days(day), periods, int(number), dates.UNIT[unit], dates.MONTH_END[month_end])
    assert dates.date(found) == reference.moved(day, periods, every, month_end)


@given(
    st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31)),
    st.integers(0, 20_000),
    st.sampled_from(list(dates.DAY_COUNT)),
    st.sampled_from(["[start,end)", "(start,end]"]),
)
def test_day_counts_are_those_of_the_definitions(start, length, day_count, days):
    end = start + datetime.timedelta(days=length)
    found = dates.year_fraction(dates.days(start), dates.days(end), dates.DAY_COUNT[day_count], days == "(start,end]")
    assert Fraction(*map(int, found)) == reference.year_part(start, end, day_count, days)


def test_columns_that_do_not_speak_of_the_same_loans_are_refused():
    case = random_case(random.Random(1))
    contracts = pack_contracts([parse_contract(case.contract)] * 2)
    with pytest.raises(ValueError, match="same loans"):
        fold(contracts, facts_of([case]), 0)
