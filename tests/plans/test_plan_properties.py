"""Whatever the loan and the plan: taken back it leaves no trace, and held to on a later day it costs no more."""

import datetime
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from duly.collection.plans.offers import Debt, Proposal, debt, hold, work_out
from duly.collection.plans.policy import standard_policy
from duly.engine.contract import Contract, parse_contract
from duly.engine.facts import Fact
from duly.engine.position import position

POLICY = standard_policy()
DRAWN = datetime.date(2026, 1, 10)
A_DAY = datetime.timedelta(days=1)


def contract(method: str, interest: str, rate: str) -> Contract:
    return parse_contract(
        {
            "currency": "CNY",
            "principal": "12000.00",
            "disbursed_on": DRAWN.isoformat(),
            "annual_rate": rate,
            "method": method,
            "installments": 12,
            "interest": interest,
            "penalty": {"annual_rate": "0.27", "on": "principal"},
        }
    )


CONTRACTS = st.builds(
    contract,
    st.sampled_from(["equal_installment", "equal_principal"]),
    st.sampled_from(["scheduled", "daily"]),
    st.sampled_from(["0", "0.12", "0.24"]),
)


def late(of: Contract, paid: int, days: int) -> Debt:
    facts = [Fact("disbursed", DRAWN, 12_000_00, id="out")]
    if paid:
        facts.append(Fact("paid", DRAWN + 31 * A_DAY, paid, id="first"))
    found = debt(of, facts, DRAWN + days * A_DAY)
    assume(found.overdue > 0)
    return found


@settings(max_examples=60, deadline=None)
@given(
    CONTRACTS,
    st.integers(0, 2_000_00),
    st.integers(40, 200),
    st.integers(1, 24),
    st.integers(0, 90),
    st.integers(0, 600_00),
)
def test_the_facts_of_a_plan_reversed_leave_the_loan_as_if_there_had_been_none(of, paid, days, months, later, then):
    there = late(of, paid, days)
    band = POLICY.band(there.standing.days_past_due, there.standing.payoff)
    plan = work_out(there, band, POLICY, Proposal(months, there.on + 20 * A_DAY))
    made = [replace(one, id=f"plan {place}") for place, one in enumerate(plan.facts)]
    after = [Fact("paid", there.on + 5 * A_DAY, then, id="then")] if then else []
    broken_on = there.on + later * A_DAY
    back = [Fact("reversed", broken_on, id=f"back {one.id}", reverses=one.id) for one in reversed(made)]
    end = max(broken_on, there.on + 5 * A_DAY) + 10 * A_DAY
    with_plan = position(of, [*there.facts, *made, *after, *back], end)
    without = position(of, [*there.facts, *after], end)
    assert with_plan == without


@settings(max_examples=60, deadline=None)
@given(
    CONTRACTS,
    st.integers(0, 2_000_00),
    st.integers(40, 200),
    st.integers(1, 24),
    st.integers(0, 14),
    st.integers(0, 2_000_00),
)
def test_an_offer_held_to_on_a_later_day_asks_for_no_more_in_any_installment(of, paid, days, months, wait, once):
    there = late(of, paid, days)
    band = POLICY.band(there.standing.days_past_due, there.standing.payoff)
    assume(once < there.standing.payoff)
    proposal = Proposal(months, there.on + 20 * A_DAY, once)
    promised = work_out(there, band, POLICY, proposal)
    assume(promised.dues)
    then = debt(of, there.facts, there.on + wait * A_DAY)
    kept = hold(then, band, POLICY, proposal, promised.dues)
    assert len(kept.dues) <= len(promised.dues)
    assert all(one.amount <= most.amount for one, most in zip(kept.dues, promised.dues, strict=False))
    if wait == 0:
        assert kept == promised
