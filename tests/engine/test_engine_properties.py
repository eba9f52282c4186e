"""What holds for every loan, whatever happened to it; and for money, dates and schedules, whatever they are."""

import datetime
import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from in_columns import facts_of, fold_cases, position_of, with_fact, without
from reference.dates import add_periods, fraction
from reference.random_loans import EVERYTHING, random_case
from reference.terms import rounded

from duly.engine import dates, money
from duly.engine.columns import pack_contracts
from duly.engine.contract import parse_contract
from duly.engine.door import schedule_json
from duly.engine.fact_reading import parse_facts
from duly.engine.facts import pack_facts
from duly.engine.fold import STATUS, fold, fold_one

SEEDS = st.integers(0, 2**32)
# A batch takes what a door refuses (a waiver of more than is owed), so nothing is left out here.
CASES = SEEDS.map(lambda seed: random_case(seed, EVERYTHING - {"known_at"}))
# No fee for paying early, nothing deferred or planned that a payment could meet before it is earned.
PLAIN = "paid waived methods periods day_counts penalty rounding currencies reversed backdated first_due dpd_on_due_day"
PLAIN_CASES = SEEDS.map(lambda seed: random_case(seed, set(PLAIN.split())))
COMPONENTS = ("principal", "interest", "penalty", "fee")
OPEN, SETTLED, WRITTEN_OFF, CANCELLED = (STATUS[name] for name in ("open", "settled", "written_off", "cancelled"))
loans = settings(max_examples=150, deadline=None)
DAY = datetime.timedelta(days=1)


def day_of(case):
    return datetime.date.fromisoformat(case["as_of"])


def asked_on(case, day):
    return case | {"as_of": day.isoformat()}


def minor(case, amount):
    return money.format_money(amount, money.decimals(case["contract"]["currency"]))


# Identities


@loans
@given(CASES)
def test_every_cent_is_accounted_for(case):
    one = position_of(case)
    joined = sum(one[f"{component}_capitalised"] for component in ("interest", "penalty", "fee"))
    gone = ("received", "outstanding", "waived", "written_off")
    assert one["disbursed"] + joined == sum(one[f"principal_{what}"] for what in gone)
    for component in ("interest", "penalty", "fee"):
        settled = sum(one[f"{component}_{what}"] for what in ("received", "waived", "written_off", "capitalised"))
        receivable = one["penalty_outstanding"] if component == "penalty" else one[f"{component}_due"]
        if component == "interest":
            receivable += one["accrued_interest"]
        earned = one[f"{component}_earned"] + one.get(f"{component}_suspended", 0)
        in_advance = settled + receivable - earned
        assert in_advance >= 0
        assert in_advance == 0 or (component == "interest" and one["accrued_interest"] == 0)
    received = sum(one[f"{component}_received"] for component in COMPONENTS)
    assert one["received"] - one["refunded"] == received + one["credit_balance"]
    assert one["payoff"] >= 0


@loans
@given(CASES)
def test_the_rows_of_one_loan_add_up_to_its_position(case):
    contract = parse_contract(case["contract"])
    packed = pack_facts(parse_facts(case["facts"], contract), None, contract)
    positions, rows = fold_one(pack_contracts([contract]), packed, dates.days(day_of(case)))
    one = {name: int(column[0]) for name, column in positions._asdict().items()}
    assert one == position_of(case)
    for component in ("interest", "penalty", "fee"):
        assert one[f"{component}_outstanding"] == int(rows[f"{component}_left"].sum())
    if one["status"] == OPEN:
        assert (rows["principal_left"] >= 0).all()
        assert (rows["interest_left"] >= 0).all()
    for left in ("principal_left", "interest_left", "fee_left", "penalty_left"):
        assert (rows[left] <= rows[left.removesuffix("_left")]).all()


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_a_loan_folded_alone_is_its_row_among_many(seed):
    many = [random_case(seed + place, EVERYTHING - {"known_at"}) for place in range(40)]
    day = day_of(many[0])
    together = fold_cases(many, day)
    for row, case in enumerate(many):
        alone = position_of(asked_on(case, day))
        assert alone == {name: int(column[row]) for name, column in together._asdict().items()}


# Order, backdating, reversal


@loans
@given(CASES, SEEDS)
def test_facts_of_different_days_may_be_recorded_in_any_order(case, seed):
    order = list(case["facts"])
    random.Random(seed).shuffle(order)
    of_day = {fact["value_date"]: [] for fact in order}
    for fact in case["facts"]:
        of_day[fact["value_date"]].append(fact)
    shuffled = [of_day[fact["value_date"]].pop(0) for fact in order]
    assert position_of(case | {"facts": shuffled}) == position_of(case)


@loans
@given(PLAIN_CASES, st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 400))
def test_two_payments_of_one_day_are_one_payment_in_either_order(case, first, second, days):
    on = datetime.date.fromisoformat(case["contract"]["disbursed_on"]) + days * DAY
    one, other, both = (minor(case, amount) for amount in (first, second, first + second))
    together = position_of(with_fact(case, "paid", on, both))
    assert position_of(with_fact(with_fact(case, "paid", on, one, id="a"), "paid", on, other, id="b")) == together
    assert position_of(with_fact(with_fact(case, "paid", on, other, id="a"), "paid", on, one, id="b")) == together


@loans
@given(CASES, st.sampled_from(["paid", "waived", "written_off"]), st.integers(1, 10**6), st.integers(0, 400), SEEDS)
def test_what_is_reversed_never_happened_once_the_day_of_the_reversal_has_come(case, kind, amount, days, seed):
    on = datetime.date.fromisoformat(case["contract"]["disbursed_on"]) + days * DAY
    more = {"component": "interest"} if kind == "waived" else {}
    case = without(case, *(fact["id"] for fact in case["facts"] if fact["kind"] == "recovered"))
    story = with_fact(case, kind, on, None if kind == "written_off" else minor(case, amount), **more)
    back = on + seed % 60 * DAY
    story = with_fact(story, "reversed", back, id="back", reverses="new")
    after = asked_on(story, max(day_of(case), back))
    assert position_of(after) == position_of(without(after, "new", "back"))
    before = asked_on(story, back - DAY)
    assert position_of(before) == position_of(without(before, "back"))


@loans
@given(CASES)
def test_what_comes_later_changes_nothing_today(case):
    assert position_of(with_fact(case, "paid", day_of(case) + DAY, "100")) == position_of(case)


# Payoff and time


@loans
@given(CASES)
def test_the_payoff_settles(case):
    before = position_of(case)
    # A penalty may grow beyond what a door takes for one amount.
    assume(before["status"] == OPEN and 0 < before["payoff"] <= money.MAX_MONEY)
    after = position_of(with_fact(case, "paid", day_of(case), minor(case, before["payoff"])))
    assert after["status"] == SETTLED
    assert after["settled_on"] == dates.days(day_of(case))
    assert after["payoff"] == after["days_past_due"] == after["credit_balance"] == 0
    assert not any(after[f"{component}_outstanding"] for component in COMPONENTS)


@settings(max_examples=300, deadline=None)
@given(PLAIN_CASES)
def test_a_cent_less_than_the_payoff_does_not_settle(case):
    before = position_of(case)
    assume(before["status"] == OPEN and before["payoff"] > 1)
    short = position_of(with_fact(case, "paid", day_of(case), minor(case, before["payoff"] - 1)))
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
    ahead = with_fact({"contract": contract, "facts": [], "as_of": "2024-01-01"}, "paid", day, "100.00", id="ahead")
    assert position_of(ahead)["payoff"] == 900_00
    assert position_of(with_fact(ahead, "paid", day, "900.00"))["status"] == SETTLED


@loans
@given(PLAIN_CASES, st.integers(1, 40))
def test_with_nothing_new_on_record_time_only_adds(case, days):
    case = without(case, *(fact["id"] for fact in case["facts"] if fact["kind"] == "reversed"))
    today, later = position_of(case), position_of(asked_on(case, day_of(case) + days * DAY))
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
@given(CASES)
def test_a_schedule_repays_the_principal_by_dates_that_rise(case):
    contract = parse_contract(case["contract"])
    found = schedule_json(case["contract"])
    rows = found["installments"]
    exponent = money.decimals(contract.terms.currency)

    def whole(text):
        return int(Fraction(text) * 10**exponent)

    repaid = sum(whole(row["principal"]) for row in rows)
    asked = sum(whole(row["interest"]) for row in rows)
    assert repaid - contract.principal == whole(found["total_interest"]) - asked  # what joined the principal
    assert whole(rows[-1]["balance_after"]) == 0
    due = [row["due_on"] for row in rows]
    assert due == sorted(due)
    assert due[0] > contract.disbursed_on.isoformat()
    assert all(whole(row[name]) >= 0 for row in rows for name in ("principal", "interest", "fee"))


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
    payment = rounded(_annuity(principal, growth), mode)
    assert int(packed.installment_amount[0]) == payment


def _periods(document):
    start = datetime.date.fromisoformat(document["disbursed_on"])
    due = [add_periods(start, step(document["every"]), at, "clamp") for at in range(document["installments"] + 1)]
    return [fraction(first, last, "30/360") for first, last in itertools.pairwise(due)]


def step(every):
    number, unit = every.split()
    return int(number), unit


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


@settings(deadline=None)
@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(1, 2**61 - 1), st.sampled_from(list(money.ROUNDING)))
def test_a_product_divided_is_rounded_once_and_never_overflows(amount, factor, divisor, mode):
    wanted = rounded(Fraction(amount * factor, divisor), mode)
    assume(wanted < 2**63)
    assert money.multiply_divide(amount, factor, divisor, money.ROUNDING[mode]) == wanted


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 60), st.integers(1, 200), st.sampled_from(list(money.ROUNDING)))
def test_ties_are_rounded_as_their_mode_says(amount, factor, divisor, mode):
    wanted = rounded(Fraction(amount * factor, divisor), mode)
    assert money.multiply_divide(amount, factor, divisor, money.ROUNDING[mode]) == wanted


@settings(deadline=None)
@given(st.integers(0, money.MAX_MONEY), st.sampled_from([0, 2, 3]))
def test_money_comes_back_as_it_was_written(minor, decimals):
    assert money.parse_money(money.format_money(minor, decimals), decimals, "") == minor


@settings(deadline=None)
@given(st.integers(0, money.MAX_RATE))
def test_a_rate_comes_back_as_it_was_written(millionths):
    assert money.parse_rate(money.format_rate(millionths), "") == millionths


@settings(deadline=None)
@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31)))
def test_a_date_comes_back_as_it_was_written(day):
    assert dates.parse_date(day.isoformat(), "") == day
    assert dates.date(dates.days(day)) == day
    month, of_month = dates.to_month(dates.days(day))
    assert (int(month), int(of_month)) == (day.year * 12 + day.month - 1, day.day)


@settings(deadline=None)
@given(
    st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31)),
    st.integers(0, 600),
    st.sampled_from(["1 month", "3 month", "1 week", "10 day"]),
    st.sampled_from(list(dates.MONTH_END)),
)
def test_periods_are_added_as_the_calendar_has_them(day, periods, every, month_end):
    number, unit = every.split()
    found = dates.add_periods(dates.days(day), periods, int(number), dates.UNIT[unit], dates.MONTH_END[month_end])
    assert dates.date(found) == add_periods(day, step(every), periods, month_end)


@settings(deadline=None)
@given(
    st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31)),
    st.integers(0, 20_000),
    st.sampled_from(list(dates.DAY_COUNT)),
    st.sampled_from(["[start,end)", "(start,end]"]),
)
def test_day_counts_are_those_of_the_definitions(start, length, day_count, days):
    end = start + datetime.timedelta(days=length)
    found = dates.year_fraction(dates.days(start), dates.days(end), dates.DAY_COUNT[day_count], days == "(start,end]")
    assert Fraction(*map(int, found)) == fraction(start, end, day_count, days)


def test_columns_that_do_not_speak_of_the_same_loans_are_refused():
    case = random_case(1)
    contract = parse_contract(case["contract"])
    with pytest.raises(ValueError, match="same loans"):
        fold(pack_contracts([contract] * 2), facts_of([case], [contract]), 0)
