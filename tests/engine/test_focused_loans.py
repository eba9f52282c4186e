"""Random loans of a few features each, so that these meet often: every figure is the slow reference's.

Each sort comes in ordinary amounts and in a few minor units, where what is at most one cent and what is nothing differ,
and halves have to be rounded.
"""

import json
from decimal import Decimal

import pytest
from reference.answers import position
from reference.random_loans import money, random_case
from reference.shrinking import differences

from duly.engine.door import position_json
from duly.engine.errors import InputError

SORTS = {
    "prepaid": "paid prepays payoff fee_rate fees methods rounding waived tolerance",
    "prepaid daily": "paid prepays payoff fee_rate fees daily methods rounding waived",
    "capped": "paid penalty compound penalty_cap cost_share cost_rate late_fee rounding fees daily",
    "paused": "paid penalty paused daily late_fee non_accrual days",
    "cancelled": "paid penalty cancelled cooling_off refunded waived fee_charged",
    "new terms": "paid rescheduled rate_changed margin drawdowns daily penalty fees",
    "grace": "paid grace capitalised balloon step_up smooth broken_period first_due prepays",
    "daily grace": "paid grace capitalised balloon step_up daily prepays",
    "sums": "paid sum part_month penalty daily to_next_due day_counts rate_changed",
    "given up": "paid penalty written_off recovered cancelled from_credit accelerated waived_all",
    "taken back": "paid penalty written_off recovered refunded from_credit waived waived_all reversed backdated",
    "new terms rounded": "paid rescheduled daily rounding prepays methods balloon grace",
    "month ends": "paid month_end periods rescheduled drawdowns first_due penalty part_month",
    "waived daily": "paid waived waived_all daily penalty fees methods dpd_on_due_day",
    "not accruing": "paid non_accrual penalty written_off cancelled daily paused allocation",
    "holidays": "paid holidays penalty daily month_end periods",
}
EACH = 60
AMOUNTS = {"principal", "amount", "balloon", "tolerance", "interest", "penalty", "fee"}
MANY = [(sort, seed) for sort in SORTS for seed in range(EACH)]


def focused_case(sort, seed):
    """An ordinary loan for an even seed, one of a few minor units for an odd one."""
    case = random_case(seed, set(SORTS[sort].split()))
    if seed % 2:
        size = Decimal(case["contract"]["principal"]) / 10 ** (1 + seed % 3) / Decimal(money(case["contract"], 1))
        case = divided(case, max(1, int(size)), case["contract"])
    return case


def divided(document, by, contract):
    """The document with its amounts divided, each at least one minor unit unless it was nothing."""
    if isinstance(document, list):
        return [divided(one, by, contract) for one in document]
    if not isinstance(document, dict):
        return document
    return {
        name: smaller(value, by, contract) if name in AMOUNTS and isinstance(value, str) and value[0].isdigit()
        else divided(value, by, contract)
        for name, value in document.items()
    }  # fmt: skip


def smaller(text, by, contract):
    unit = Decimal(money(contract, 1))
    minor = int(Decimal(text) / unit)
    return money(contract, max(minor // by, min(minor, 1)))


def wrong(case):
    """Where the engine's answer is not the reference's; a case that the engine refuses says nothing."""
    try:
        found = position_json(case)
    except InputError:
        return []
    return differences(position(case), found)


@pytest.mark.parametrize("sort", SORTS)
def test_every_figure_is_the_references(sort):
    for seed in (seed for one, seed in MANY if one == sort):
        case = focused_case(sort, seed)
        assert not wrong(case), json.dumps(case)


def test_small_loans_are_a_few_minor_units_and_most_are_not_refused():
    taken, small = 0, 0
    for sort, seed in MANY:
        case = focused_case(sort, seed)
        small += Decimal(case["contract"]["principal"]) <= 2
        try:
            position_json(case)
        except InputError:
            continue
        taken += 1
    assert taken > len(MANY) * 8 // 10
    assert small > len(MANY) // 4
