"""The short way for plain loans against the general fold, which is the definition: every column, to the bit."""

import datetime
import random

import numpy as np
import numpy.typing as npt
import pytest
from in_columns import facts_of
from reference.random_loans import random_case

from duly.engine import columns, dates
from duly.engine.columns import KIND, Contracts, Facts, pack_contracts
from duly.engine.contract import Terms, parse_contract
from duly.engine.fold import Positions, fold
from duly.engine.plain import fold_plain
from duly.engine.readout import empty_positions
from duly.engine.terms import COMPONENT_ORDER

LOANS = 4_000
TERMS = 60
OPENED = 17_000  # days since 1970-01-01


def plain_terms(chance: random.Random) -> Terms:
    order = list(COMPONENT_ORDER)
    if chance.random() < 0.5:
        chance.shuffle(order)
    return Terms(
        chance.choice(["CNY", "JPY"]),
        method=chance.choice(["equal_installment", "equal_installment", "equal_principal", "interest_only"]),
        day_count=chance.choice(["30/360", "30e/360", "act/365", "act/360"]),
        every=chance.choice([1, 1, 1, 2, 3]),
        rounding=chance.choice(["half_even", "half_up", "up", "down"]),
        installment_to=chance.choice([1, 1, 5, 100]),
        penalty_rate=chance.choice([0, 105_000, 270_000, 3_000_000]),
        penalty_grace_days=chance.choice([0, 0, 1, 3, 15]),
        penalty_day_count=chance.choice(list(dates.DAY_COUNT)),
        allocation_order=tuple(order),
        non_accrual_after_days=chance.choice([0, 10, 90]),
        tolerance=chance.choice([0, 0, 100]),
        days=chance.choice(["[start,end)", "(start,end]"]),
        month_end=chance.choice(["clamp", "roll"]),
        last_installment=chance.choice(["rest", "smooth"]),
        dpd_on_due_day=chance.choice([0, 0, 1]),
    )


def plain_contracts(chance: random.Random) -> Contracts:
    draw = np.random.default_rng(chance.getrandbits(32))
    opened = OPENED + draw.integers(0, 800, LOANS)
    late_in_month = draw.random(LOANS) < 0.3
    months = (opened.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]")
    opened = np.where(late_in_month, months.astype(np.int64) - draw.integers(1, 4, LOANS), opened)
    made = columns.make_contracts(
        [plain_terms(chance) for _ in range(TERMS)],
        term=draw.integers(0, TERMS, LOANS),
        principal=np.where(draw.random(LOANS) < 0.2, draw.integers(1, 500, LOANS), draw.integers(1, 10**8, LOANS)),
        annual_rate=draw.choice([0, 70_000, 180_000, 240_000, 123_457, 12_000_000], LOANS),
        disbursed_on=opened,
        installments=draw.choice([1, 2, 3, 12, 24], LOANS),
    )
    # One in four has a first due date of its own.
    odd = np.where(draw.random(LOANS) < 0.25, opened + draw.integers(1, 70, LOANS), made.first_due_on)
    return made._replace(first_due_on=odd.astype(np.int32))


def row_amount(contracts: Contracts) -> npt.NDArray[np.int64]:
    even = contracts.principal // contracts.installments
    return np.where(contracts.installment_amount > 0, contracts.installment_amount, even)


def plain_facts(chance: random.Random, contracts: Contracts, as_of: int) -> Facts:
    """Payments early, exact, late, short and over, on due dates and around them; some that settle."""
    draw = np.random.default_rng(chance.getrandbits(32))
    loan, day, amount = [np.arange(LOANS)], [contracts.disbursed_on], [contracts.principal]
    usual = row_amount(contracts)
    for number in range(6):
        some = np.flatnonzero(draw.random(LOANS) < 0.8)
        shift = np.where(draw.random(len(some)) < 0.5, 0, draw.integers(-40, 70, len(some)))
        loan.append(some)
        day.append(np.maximum(contracts.first_due_on[some] + number * 30 + shift, contracts.disbursed_on[some]))
        part = draw.choice([0, 1, 2, 2, 2, 2, 3, 4, 12], len(some))
        amount.append(usual[some] * part // 2 + draw.integers(-1, 2, len(some)) * draw.integers(0, 2, len(some)))
    facts = arranged(loan, day, amount)
    # What settles the loan on a day, to the cent or one short of it, and something after it.
    asked = as_of - 45
    payoff = fold(contracts, facts, asked).payoff
    some = np.flatnonzero(draw.random(LOANS) < 0.2)
    loan += [some, some]
    day += [np.maximum(asked, contracts.disbursed_on[some]), np.maximum(asked + 10, contracts.disbursed_on[some])]
    amount += [payoff[some] - draw.integers(0, 2, len(some)), draw.integers(0, 3, len(some))]
    return arranged(loan, day, amount)


def arranged(
    loan: list[npt.NDArray[np.integer]], day: list[npt.NDArray[np.integer]], amount: list[npt.NDArray[np.integer]]
) -> Facts:
    count = sum(map(len, loan))
    kind = np.full(count, KIND["paid"])
    kind[:LOANS] = KIND["disbursed"]
    none = np.zeros(count, np.int64)
    amounts = np.maximum(np.concatenate(amount), 0)
    return columns.arrange_facts(LOANS, np.concatenate(loan), kind, np.concatenate(day), amounts, none, none - 1)


def by_the_general_fold(contracts: Contracts, facts: Facts, as_of: int) -> Positions:
    terms = contracts.terms.copy()
    terms["plain"] = False
    return fold(contracts._replace(terms=terms), facts, as_of)


def compare(contracts: Contracts, facts: Facts, as_of: int) -> None:
    found, wanted = fold(contracts, facts, as_of), by_the_general_fold(contracts, facts, as_of)
    for name in Positions._fields:
        here, there = getattr(found, name), getattr(wanted, name)
        assert here.dtype == there.dtype
        differing = np.flatnonzero(here != there)
        assert not len(differing), (
            f"{name} of loan {differing[0]}: {here[differing[0]]} is not {there[differing[0]]}; {len(differing)} differ"
        )


def count_of_others(contracts: Contracts, facts: Facts, as_of: int) -> int:
    loans = len(contracts.principal)
    longest = int(contracts.installments.max())
    return len(fold_plain(contracts, facts, as_of, 0, loans, longest, empty_positions(loans)))


@pytest.mark.parametrize("seed", range(3))
def test_plain_loans_come_to_the_same_by_the_general_fold(seed):
    chance = random.Random(seed)
    contracts = plain_contracts(chance)
    as_of = OPENED + 900
    facts = plain_facts(chance, contracts, as_of)
    for day in (OPENED + 500, as_of - 45, as_of, OPENED + 2000):
        compare(contracts, facts, day)


def test_nearly_all_of_them_went_the_short_way():
    chance = random.Random(9)
    contracts = plain_contracts(chance)
    as_of = OPENED + 2000
    others = count_of_others(contracts, plain_facts(chance, contracts, as_of), as_of)
    assert others < LOANS // 100


def test_loans_of_every_kind_come_to_the_same_by_the_general_fold():
    found = [random_case(seed) for seed in range(1500)]
    parsed = [parse_contract(case["contract"]) for case in found]
    contracts, facts = pack_contracts(parsed), facts_of(found, parsed)
    for day in sorted(dates.days(datetime.date.fromisoformat(case["as_of"])) for case in found)[::150]:
        compare(contracts, facts, day)


@pytest.mark.parametrize("as_of", range(16_990, 17_070, 13))
def test_each_day_of_the_first_months(as_of):
    chance = random.Random(as_of)
    contracts = plain_contracts(chance)._replace(disbursed_on=np.full(LOANS, OPENED, np.int32))
    contracts = contracts._replace(first_due_on=columns.default_first_due_on(contracts))
    compare(contracts, plain_facts(chance, contracts, as_of), as_of)


def test_money_and_rates_at_their_limits_are_left_to_the_general_fold():
    contracts = columns.make_contracts(
        [Terms("JPY", day_count="act/365")],
        term=[0, 0],
        principal=[10**13, 10**11],
        annual_rate=[100_000_000, 70_000],
        disbursed_on=[OPENED, OPENED],
        installments=[12, 12],
    )
    one = np.ones(2, np.int64)
    kind = one * KIND["disbursed"]
    facts = columns.arrange_facts(2, np.arange(2), kind, contracts.disbursed_on, contracts.principal, one * 0, -one)
    assert count_of_others(contracts, facts, OPENED + 100) == 1
    compare(contracts, facts, OPENED + 400)
