"""Plans offered and counter-offers answered: within the policy, and to the cent what the loan will then ask."""

import datetime
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.collection.plans.offers import Debt, Due, Proposal, answer, debt, lightest, offers, present_value, work_out
from duly.collection.plans.policy import parse_policy, standard_policy
from duly.engine.contract import parse_contract
from duly.engine.errors import InputError
from duly.engine.facts import Fact
from duly.engine.position import position

POLICY = standard_policy()
DRAWN = datetime.date(2026, 1, 10)
CONTRACT = parse_contract(
    {
        "currency": "CNY",
        "principal": "12000.00",
        "disbursed_on": "2026-01-10",
        "annual_rate": "0.18",
        "method": "equal_installment",
        "installments": 12,
    }
)
FACTS = [Fact("disbursed", DRAWN, 12_000_00), Fact("paid", datetime.date(2026, 2, 10), 1_100_16)]
# A month later than the second due date of 10 March: 56 days past due on 5 May.
ON = datetime.date(2026, 5, 5)
NEXT_MONTH = datetime.date(2026, 6, 5)


def late(on: datetime.date = ON) -> Debt:
    return debt(CONTRACT, FACTS, on)


def annuity(principal: float, monthly_rate: float, installments: int) -> float:
    """The textbook formula."""
    return principal * monthly_rate / (1 - (1 + monthly_rate) ** -installments)


def test_the_lightest_plan_is_the_textbook_annuity_over_the_longest_term():
    plan = lightest(late(), POLICY, NEXT_MONTH)
    assert plan is not None
    assert plan.proposal.installments == 36
    # Principal 11,079.84; interest due 318.39 and accrued 114.97 joins it; the down payment is 5% of 2,222.19 overdue,
    # which pays interest first; the penalty of 21.87 is let go.
    spread = 11_079.84 + 318.39 + 114.97 - plan.proposal.down_payment / 100
    assert plan.proposal.down_payment == 111_11
    assert plan.monthly / 100 == pytest.approx(annuity(spread, 0.015, 36), abs=0.60)
    assert plan.waived == {"penalty": 21_87}


def test_offers_go_from_soonest_paid_off_to_lightest_and_cost_less_the_sooner():
    found = offers(late(), POLICY, 600_00, NEXT_MONTH)
    assert len(found) == 3
    assert [one.proposal.installments for one in found] == sorted(one.proposal.installments for one in found)
    assert found[-1] == lightest(late(), POLICY, NEXT_MONTH)
    assert [one.total for one in found] == sorted(one.total for one in found)
    assert all(one.monthly <= 600_00 for one in found)


def test_what_is_offered_is_what_the_loan_asks_once_it_is_agreed():
    plan = offers(late(), POLICY, 600_00, NEXT_MONTH)[0]
    kept = [Fact("paid", due.on, due.amount) for due in plan.dues]
    end = plan.dues[-1].on
    standing = position(CONTRACT, [*FACTS, *plan.facts, *kept], end)
    assert standing.status == "settled"
    assert standing.received == 1_100_16 + plan.total
    assert standing.waived["penalty"] == plan.waived["penalty"]
    assert standing.credit_balance == 0


def test_nothing_is_offered_to_somebody_who_can_pay_less_than_the_lightest():
    assert offers(late(), POLICY, 200_00, NEXT_MONTH) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"down_payment": 0}, "down_payment"),
        ({"installments": 37}, "installments"),
        ({"first_due_on": ON + datetime.timedelta(days=46)}, "first_due_late"),
        ({"first_due_on": ON}, "first_due_early"),
    ],
)
def test_each_bound_is_answered_with_its_reason_and_the_nearest_plan(change, code):
    within = Proposal(24, NEXT_MONTH, 200_00)
    assert answer(late(), POLICY, within).agreed is not None
    found = answer(late(), POLICY, replace(within, **change))
    assert [one.code for one in found.reasons] == [code]
    assert found.agreed is None
    assert found.nearest is not None
    assert answer(late(), POLICY, found.nearest.proposal).agreed == found.nearest


def test_the_bound_itself_is_agreed():
    bounds = Proposal(36, ON + datetime.timedelta(days=45), 111_11)
    assert answer(late(), POLICY, bounds).agreed is not None


def test_a_plan_that_pays_back_too_little_is_refused_by_its_present_value():
    strict = parse_policy(
        """
        id = "strict"
        version = 1
        valid_for_days = 7
        first_due_within_days = 45
        first_payment_within_days = 7
        at_risk_after_days = 2
        broken_after_days = 15
        when_broken = "reverse"
        discount_rate = "0.30"
        [[bands]]
        id = "all"
        days_past_due = [0, 3600]
        owed_up_to = "500000.00"
        max_installments = 60
        least_installment = "50.00"
        down_payment = "0"
        present_value = "0.95"
        annual_rate = "0.18"
        capitalise = ["interest"]
        waive = { penalty = "1" }
        """
    )
    found = answer(late(), strict, Proposal(60, NEXT_MONTH))
    assert [one.code for one in found.reasons] == ["present_value"]
    assert found.nearest is not None
    assert found.nearest.present_value >= found.nearest.owed_today * 95 // 100
    longer = Proposal(found.nearest.proposal.installments + 1, NEXT_MONTH)
    assert answer(late(), strict, longer).agreed is None


def test_present_value_is_that_of_the_textbook():
    # 1,000 in exactly a year at 10% is worth 909.09; 1,000 in two years 826.44 (of 2027 and 2028, the latter leap).
    on = datetime.date(2026, 1, 1)
    assert present_value([Due(datetime.date(2027, 1, 1), 1_000_00)], on, 100_000) == 909_09
    assert present_value([Due(datetime.date(2028, 1, 1), 1_000_00)], on, 100_000) == 826_44
    assert present_value([], on, 100_000) == 0


def test_a_settled_loan_takes_no_plan():
    paid = [*FACTS, Fact("paid", ON, late().standing.payoff)]
    with pytest.raises(InputError, match="settled"):
        debt(CONTRACT, paid, ON)


def test_a_loan_beyond_every_band_is_answered_so():
    narrow = replace(POLICY, bands=(replace(POLICY.bands[0], days_past_due=(0, 0)),))
    found = answer(late(), narrow, Proposal(12, NEXT_MONTH))
    assert [one.code for one in found.reasons] == ["no_band"]
    assert found.nearest is None


@settings(max_examples=40, deadline=None)
@given(
    installments=st.integers(1, 70),
    wait=st.integers(-3, 60),
    down=st.integers(0, 5_000_00),
    days=st.integers(0, 400),
)
def test_every_answer_is_whole_and_its_way_out_is_within_the_policy(installments, wait, down, days):
    on = datetime.date(2026, 3, 1) + datetime.timedelta(days=days)
    of = late(on)
    found = answer(of, POLICY, Proposal(installments, on + datetime.timedelta(days=wait), down))
    assert (found.agreed is None) == bool(found.reasons)
    way = found.agreed or found.nearest
    if way is not None:
        again = answer(of, POLICY, way.proposal)
        assert again.agreed == way
        band = POLICY.band(of.standing.days_past_due, of.standing.payoff)
        assert way.total + sum(way.waived.values()) >= of.standing.payoff * band.present_value // 1_000_000
        assert work_out(of, band, POLICY, way.proposal) == way


@pytest.mark.parametrize(
    ("line", "instead", "where"),
    [
        ("max_installments = 24", "max_installments = 61", "/bands/0/max_installments"),
        ('down_payment = "0" ', 'down_payment = "1.5" ', "/bands/0/down_payment"),
        ("days_past_due = [0, 0]", "days_past_due = [5, 0]", "/bands/0/days_past_due/1"),
        ("valid_for_days = 7 ", "valid_for_days = 0 ", "/valid_for_days"),
        ('capitalise = ["interest"]', 'capitalise = ["principal"]', "/bands/0/capitalise"),
        ("waive = {}", 'waive = { tips = "1" }', "/bands/0/waive"),
        ('id = "standard"', 'id = "standard"\nmood = "mild"', "/mood"),
    ],
)
def test_a_policy_that_will_not_do_is_told_with_its_place(line, instead, where):
    from importlib import resources

    text = resources.files("duly.collection.plans").joinpath("standard.toml").read_text(encoding="utf-8")
    assert line in text
    with pytest.raises(InputError) as told:
        parse_policy(text.replace(line, instead, 1))
    assert told.value.where == where
