"""The identities hold whatever is done to a loan, and a figure that is off by a cent is found."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.close.identities import broken_identities
from duly.engine.columns import KIND, arrange_facts, pack_contracts
from duly.engine.contract import COMPONENT, METHOD, Contract, Terms
from duly.engine.dates import days
from duly.engine.fold import Positions, fold
from duly.ledger.balances import differences
from duly.ledger.posting import Group, Groups, entries_to_post, running_totals

START = datetime.date(2024, 1, 31)

contracts = st.builds(
    Contract,
    terms=st.builds(
        Terms,
        currency=st.just("CNY"),
        method=st.sampled_from(sorted(METHOD)),
        day_count=st.sampled_from(["30/360", "act/365", "act/act"]),
        penalty_grace_days=st.sampled_from([0, 3]),
        allocation_order=st.permutations(["penalty", "fee", "interest", "principal"]).map(tuple),
        payoff_interest=st.sampled_from(["to_date", "to_next_due"]),
        dpd_on_due_day=st.sampled_from([0, 1]),
    ),
    principal=st.integers(1_00, 100_000_00),
    annual_rate=st.sampled_from([0, 70_000, 240_000, 360_000]),
    disbursed_on=st.just(START),
    first_due_on=st.sampled_from([datetime.date(2024, 2, 29), datetime.date(2024, 3, 10)]),
    installments=st.integers(1, 12),
    service_fee=st.sampled_from([0, 1, 30_00]),
)
happenings = st.lists(
    st.tuples(
        st.sampled_from(["paid", "paid", "paid", "waived", "written_off", "reversed"]),
        st.integers(-5, 400),
        st.integers(1, 120_000_00),
        st.sampled_from(sorted(set(COMPONENT) - {""})),
        st.integers(0, 10),
    ),
    max_size=10,
)


def positions_of(contract: Contract, happened: list, as_of: int) -> Positions:
    """The fold of one loan disbursed on its day; a reversal takes back the fact at its number, once."""
    rows = [(KIND["disbursed"], days(START), contract.principal, 0, -1)]
    reversible = []
    for kind, day, amount, component, which in happened:
        if kind == "reversed":
            if not reversible:
                continue
            reverses = reversible.pop(which % len(reversible))
            rows.append((KIND[kind], max(days(START) + day, rows[reverses][1]), 0, 0, reverses))
        else:
            reversible.append(len(rows))
            waives = COMPONENT[component] if kind == "waived" else 0
            rows.append((KIND[kind], days(START) + day, 0 if kind == "written_off" else amount, waives, -1))
    kinds, dates, amounts, components, reverses = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    facts = arrange_facts(1, np.zeros(len(rows), np.int64), kinds, dates, amounts, components, reverses)
    return fold(pack_contracts([contract]), facts, as_of)


@given(contracts, happenings, st.integers(0, 500))
@settings(max_examples=300, deadline=None)
def test_the_identities_hold_and_the_ledger_ties_whatever_happened(contract, happened, after):
    positions = positions_of(contract, happened, days(START) + after)
    assert [(one.identity, one.differences) for one in broken_identities(positions)] == []
    groups = Groups([Group("cash", "CNY")], np.zeros(1, np.int64))
    assert differences(entries_to_post(running_totals(positions, groups), {}), positions, groups) == []


@pytest.mark.parametrize(
    "column",
    [
        "disbursed",
        "principal_outstanding",
        "principal_received",
        "principal_waived",
        "interest_earned",
        "interest_received",
        "interest_due",
        "accrued_interest",
        "penalty_earned",
        "penalty_outstanding",
        "penalty_waived",
        "fee_earned",
        "fee_due",
        "fee_received",
        "fee_written_off",
        "credit_balance",
        "received",
    ],
)
def test_a_figure_that_is_a_cent_too_high_is_found_and_the_loan_named(column):
    contract = Contract(Terms("CNY"), 1000_00, 180_000, START, datetime.date(2024, 2, 29), 6, 60_00)
    good = positions_of(contract, [("paid", 40, 50_00, "", 0)], days(START) + 75)
    assert broken_identities(good) == []
    bad = Positions(*(np.concatenate([figures, figures]) for figures in good))
    getattr(bad, column)[1] += 1
    found = broken_identities(bad)
    assert found
    assert all(one.loans.tolist() == [1] and np.abs(one.differences).tolist() == [1] for one in found)


def test_an_amount_below_zero_is_found():
    contract = Contract(Terms("CNY"), 1000_00, 0, START, datetime.date(2024, 2, 29), 1)
    good = positions_of(contract, [], days(START))
    bad = good._replace(credit_balance=np.array([-1]), received=np.array([-1]))
    assert [one.identity for one in broken_identities(bad)] == ["credit balance is not below zero"]
